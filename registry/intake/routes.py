"""The way of each kind of file into the register: the same steps, with rules of its own."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from registry.catalogue import Catalogue
from registry.intake.declaration import Declaration
from registry.intake.form import USAGE_FORM, Form
from registry.intake.layout import LogRows
from registry.intake.monthly.form import monthly_form
from registry.intake.monthly.replace import absent_entries
from registry.intake.monthly.verdict import ReturnVerdict, judge_return
from registry.intake.monthly.write import end_rows, write_entries
from registry.intake.replace import absent_cases, end_absent
from registry.intake.verdict import Context, Verdict, judge
from registry.intake.write import write_cases, write_digest
from registry.returns import KEYS, RETURNS, USAGE_LOG, counts_of, facts_of

Ended = list[dict[str, Any]]


@dataclass(frozen=True)
class UsageRoute:
    """Usage logs: rows are of cases."""

    naming = ("unit", "action", "case_no")
    """What tells people which of the ended ones is meant."""

    def form(self, catalogue: Catalogue) -> Form:
        return USAGE_FORM

    def judge(
        self, connection: Connection, log: LogRows, declaration: Declaration, context: Context
    ) -> Verdict:
        return judge(connection, log, declaration, context)

    def absent(
        self, connection: Connection, verdict: Any, declaration: Declaration, catalogue: Catalogue
    ) -> Ended:
        return absent_cases(connection, verdict, declaration, catalogue)

    def write(
        self,
        connection: Connection,
        verdict: Any,
        ended: Ended,
        catalogue: Catalogue,
        batch: int,
        act: int,
    ) -> None:
        """Store what passes and end what a replacement ends."""
        digest = write_cases(connection, verdict, catalogue, batch, act)
        write_digest(connection, act, digest)
        end_absent(connection, ended, act)


@dataclass(frozen=True)
class MonthlyRoute:
    """Monthly returns: rows are of a unit or district, a month and a subject."""

    kind: str

    @property
    def naming(self) -> tuple[str, ...]:
        known = (*KEYS, *counts_of(RETURNS[self.kind]))
        return ("unit", "month", *(f for f in facts_of(RETURNS[self.kind]) if f not in known))

    def form(self, catalogue: Catalogue) -> Form:
        return monthly_form(self.kind, catalogue)

    def judge(
        self, connection: Connection, log: LogRows, declaration: Declaration, context: Context
    ) -> ReturnVerdict:
        return judge_return(connection, log, declaration, context)

    def absent(
        self, connection: Connection, verdict: Any, declaration: Declaration, catalogue: Catalogue
    ) -> Ended:
        return absent_entries(connection, verdict, declaration, catalogue)

    def write(
        self,
        connection: Connection,
        verdict: Any,
        ended: Ended,
        catalogue: Catalogue,
        batch: int,
        act: int,
    ) -> None:
        """Store what passes and end what a replacement ends."""
        write_entries(connection, verdict, batch, act)
        end_rows(connection, self.kind, (row["id"] for row in ended), act)


Route = UsageRoute | MonthlyRoute
ROUTES: dict[str, Route] = {USAGE_LOG: UsageRoute()} | {
    kind: MonthlyRoute(kind) for kind in RETURNS
}
"""Kind of file → its way in."""
