"""Who may see and do what: the one place that decides.

In: whoever acts at the moment. Out: a `Scope`, without which the database opens to nobody:
`db.reading` and `db.writing` ask for one, and each act is held against it as it is recorded.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NoReturn

from registry.errors import RegistryError
from registry.language import N_, Series, Text
from registry.settings import settings

REFORM_OFFICE, DISTRICT, DEPUTY, PUBLIC = "reform_office", "district_judicial", "deputy", "public"
TOKEN, DOORKEEPER = "token", "doorkeeper"
ROLES = {
    REFORM_OFFICE: N_("市级改革部门"),
    DISTRICT: N_("区司法局"),
    DEPUTY: N_("人大代表"),
    PUBLIC: N_("公众"),
}
"""Roles of people, with their names; programs come with a token."""

OWN_ACTS = frozenset({"import", "mend", "retry", "withdraw", "alias", "opinion", "remark"})
"""What a district does to its own; all else is the reform office's."""

ACTS = {DISTRICT: OWN_ACTS, TOKEN: frozenset({"import", "mend"})}
NOTICED = "policy"
"""The act of whoever writes first after the policy file has changed."""

WHOLE_CITY, HIDDEN = N_("全市"), N_("（不公开）")
log = logging.getLogger("registry.access")


class Refused(RegistryError):
    """Whoever asks is known, and what is asked for lies outside of what they may."""


class Nobody(RegistryError):
    """Nobody is known who acts."""


class Unknown(Nobody):
    """Whoever acts is known by a login that has no role."""


@dataclass(frozen=True)
class Scope:
    """subject: who it is in acts and logs, a login's or token's. district: whose, for a district's
    role or token. may_import: whether a token may bring logs in."""

    subject: str
    role: str
    district: str = ""
    may_import: bool = False

    @property
    def districts(self) -> tuple[str, ...] | None:
        """Districts whose cases, problems and batches are open to it; None: all."""
        if self.role == REFORM_OFFICE:
            return None
        return (self.district,) if self.role == DISTRICT or self.may_import else ()

    def own_of(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Those of the districts chosen whose cases are open to it; its own, where none is."""
        own = self.districts
        if own is None:
            return tuple(codes)
        return tuple(code for code in own if code in codes) or own

    @property
    def sees_all_words(self) -> bool:
        """Whether it sees more than aggregates: small counts, fines, what people wrote."""
        return self.role in (REFORM_OFFICE, *ACTS)

    def words(self, text: str) -> str:
        """What somebody wrote, for whom it may be shown."""
        return text if self.sees_all_words or not text else str(Text(HIDDEN))

    @property
    def writes(self) -> bool:
        return self.role == REFORM_OFFICE or self.role == DISTRICT or self.may_import

    def may(self, action: str) -> bool:
        """Whether it may record such an act at all, of whatever district."""
        known = action == NOTICED or action in ACTS.get(self.role, ())
        return self.writes and (known or self.role == REFORM_OFFICE)

    def check(self, action: str) -> None:
        """Raises Refused for an act that this role does not do."""
        if not self.may(action):
            self._refuse(action, N_("{who}不能办理这件事（{action}）"), action=action)

    def check_writing(self) -> None:
        if not self.writes:
            self._refuse("write", N_("{who}只能查看，不能改动台账"))

    def check_cases(self) -> None:
        """Raises Refused for whoever sees aggregates only."""
        if self.districts == ():
            self._refuse("cases", N_("{who}只能查看汇总数，不能查看案件、批次和问题"))

    def check_districts(self, codes: Sequence[str]) -> None:
        """Raises Refused where one of them is not its own."""
        own = self.districts
        others = [] if own is None else sorted(set(codes) - set(own))
        if others:
            text = N_("{who}只能办理 {own} 的事，不能办理 {others}")
            self._refuse(
                "district",
                text,
                own=Series(own or ("—",)),
                others=Series(code or Text(WHOLE_CITY) for code in others),
            )

    def check_batch(self, districts: str) -> None:
        """Raises Refused for a batch of others. districts: that the batch declares."""
        own = self.districts
        if own is not None and districts not in own:
            self._refuse("batch", N_("{who}只能查看本区的批次"))

    def note_refusal(self, what: str) -> None:
        """Into the log; also of what is refused as if it were not there."""
        log.warning("refused %s %s %s", self.subject, self.role, what)

    def _refuse(self, what: str, text: str, **values: object) -> NoReturn:
        self.note_refusal(what)
        who = Text(N_("这个令牌")) if self.role == TOKEN else Text(ROLES.get(self.role, self.role))
        raise Refused(text, who=who, **values)


DOOR = Scope("-", DOORKEEPER)
"""Whoever looks up who somebody is, or whether the register can be read."""


VISITOR = Scope("-", PUBLIC)
"""Whoever is nobody in particular; also whoever reads what was published."""


def local_user() -> Scope:
    """Whoever works on this machine without a login holds the database, too: nothing is closed to
    them."""
    return Scope(settings().actor, REFORM_OFFICE)


_acting: ContextVar[Scope | None] = ContextVar("scope", default=None)
_sessions: list[Callable[[], Scope | None]] = []
_everyone: list[Callable[[], Scope]] = []


def scope() -> Scope:
    """On whose behalf this thread works: as it was told, or the reader of the running session, or
    whoever runs the process. Raises Nobody."""
    found = _acting.get() or next((one for ask in _sessions if (one := ask())), None)
    found = found or next((ask() for ask in _everyone), None)
    if found is None:
        raise Nobody(N_("请先登录"))
    return found


def subject() -> str:
    """Who is written into the acts of whoever acts."""
    return scope().subject


@contextmanager
def acting(whose: Scope) -> Iterator[None]:
    """Everything within is done on somebody's behalf."""
    token = _acting.set(whose)
    try:
        yield
    finally:
        _acting.reset(token)


def ask_sessions(session: Callable[[], Scope | None]) -> None:
    """Where the reader of the running session is asked for: None outside of any; raises Nobody in
    one whose reader is not let in."""
    _sessions[:] = [session]


def run_as(whoever: Callable[[], Scope] | None) -> None:
    """On whose behalf the process works where nobody else is known: a command line's user. A
    server works for nobody."""
    _everyone[:] = [whoever] if whoever else []
