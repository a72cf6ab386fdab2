"""What was known when: the act up to which everything recorded so far is used (DOMAIN, known-on).

In: a day, the number of an act. Out: the number of an act, or None where nothing has been
recorded since: what is known now.
"""

from datetime import date

from sqlalchemy.engine import Connection

from registry.db import last_act_known_on, revision
from registry.errors import RegistryError
from registry.language import N_


def known_act(connection: Connection, text: str) -> int | None:
    """The act meant by a day (2021-07-01, to its end in Beijing) or by an act's own number.

    '' is now. Raises RegistryError for anything else, or what lies before the first act.
    """
    newest = revision(connection)
    if not text:
        return None
    act = int(text) if text.isdecimal() and text.isascii() else _act_on(connection, text)
    if not 1 <= act <= newest:
        raise RegistryError(N_("known-on {text}:那时台账还没有记录,或没有这一行为"), text=text)
    return None if act == newest else act


def _act_on(connection: Connection, text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RegistryError(
            N_("known-on {text}:请写日期(2021-07-01)或行为编号"), text=text
        ) from None
    return last_act_known_on(connection, day)
