"""Commands that print one measure or family: groups, months and filters, nothing else to choose."""

from dataclasses import dataclass

import typer

from registry.cli.figures import print_figures
from registry.cli.options import (
    By,
    CutAt,
    Department,
    District,
    Domain,
    From,
    Kind,
    KnownOn,
    To,
    UnitOption,
    When,
    select,
)
from registry.cli.output import Format, FormatOption


@dataclass(frozen=True)
class FigureCommand:
    """`name` is that of the command and of what it prints; `text` its help, with an example."""

    name: str
    text: str

    def add_commands(self, app: typer.Typer) -> None:
        app.command(self.name, help=self.text)(self.run)

    def run(
        self,
        by: By = [],  # noqa: B006  Typer reads the default
        first: From = None,
        last: To = None,
        district: District = [],  # noqa: B006
        department: Department = [],  # noqa: B006
        domain: Domain = [],  # noqa: B006
        kind: Kind = [],  # noqa: B006
        unit: UnitOption = [],  # noqa: B006
        as_of: CutAt = None,
        known_on: KnownOn = "",
        form: FormatOption = Format.table,
    ) -> None:
        selection = select(district, unit, department, domain, kind)
        print_figures(self.name, by, first, last, selection, {}, form, When(as_of, known_on))


DORMANT = FigureCommand(
    "dormant",
    """休眠职权：used 用过、dormant 休眠、no_case_seen 未见案件（有缺报）。

    例：registry dormant --department health --from 2021-01 --to 2021-12
    """,
)
COMPLETENESS = FigureCommand(
    "completeness",
    """报送完整度：已报送的（街乡，月）÷ 应报送的。

    例：registry completeness --by district,month --from 2023-01 --to 2023-06
    """,
)
STAFFING = FigureCommand(
    "staffing",
    """执法力量：编制、在编、持证、未借调、一线、办案，人均案件和人员来源。

    例：registry staffing --by district --from 2020-10 --to 2020-10
    """,
)
DEMAND = FigureCommand(
    "demand",
    """居民投诉：各主题的件数、有需求而未行使的主题、投诉之后的检查和决定。

    例：registry demand --by unit,topic --district 110101 --from 2021-01 --to 2021-12
    """,
)
HANDOVER = FigureCommand(
    "handover",
    """下放部门的支持：吹哨报到的按时率和解决率、培训、联合执法，与该部门职权的履行率并列。

    例：registry handover --by district,department --from 2021-01 --to 2021-12
    """,
)
