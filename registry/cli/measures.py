"""Commands that compute: rate, dormant, coverage, completeness, export."""

from pathlib import Path
from typing import Annotated, Any

import typer

from registry.cli.figure_command import COMPLETENESS, DORMANT
from registry.cli.figures import compute, print_figures
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
from registry.cli.output import Format, FormatOption, say, show
from registry.errors import UsageError
from registry.export import write_table
from registry.figure import DEFAULTS
from registry.measures.cards import MEASURES
from registry.measures.exercise import Aggregate, Basis

AGGREGATE = typer.Option("--aggregate", help="union 合并、pooled 逐对、mean 街乡平均")
BASIS = typer.Option("--basis", help="decision 处罚决定和强制；any 任何案件，含检查")
MIN_CASES = typer.Option("--min-cases", min=1, max=2**31 - 1, help="至少几件；履职均衡率为 3")
AggregateOption = Annotated[Aggregate, AGGREGATE]
BasisOption = Annotated[Basis, BASIS]
MinCases = Annotated[int, MIN_CASES]


def add_commands(app: typer.Typer) -> None:
    app.command()(rate)
    DORMANT.add_commands(app)
    app.command()(coverage)
    COMPLETENESS.add_commands(app)
    app.command("export")(export)


def rate(
    by: By = [],  # noqa: B006  Typer reads the default
    first: From = None,
    last: To = None,
    aggregate: AggregateOption = "union",
    basis: BasisOption = "decision",
    min_cases: MinCases = 1,
    district: District = [],  # noqa: B006
    department: Department = [],  # noqa: B006
    domain: Domain = [],  # noqa: B006
    kind: Kind = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    as_of: CutAt = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """职权履行率。

    例：registry rate --by district,department --from 2020-07 --to 2020-10
    """
    selection = select(district, unit, department, domain, kind)
    options = {"aggregate": aggregate, "basis": basis, "min_cases": min_cases}
    print_figures("exercise_rate", by, first, last, selection, options, form, When(as_of, known_on))


def coverage(
    by: By = [],  # noqa: B006
    first: From = None,
    last: To = None,
    basis: BasisOption = "decision",
    min_cases: MinCases = 1,
    district: District = [],  # noqa: B006
    department: Department = [],  # noqa: B006
    domain: Domain = [],  # noqa: B006
    kind: Kind = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    as_of: CutAt = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """每项职权的覆盖面：行使过的街乡 ÷ 持有的街乡。

    例：registry coverage --department water_affairs --from 2021-01 --to 2021-12
    """
    selection = select(district, unit, department, domain, kind)
    print_figures(
        "coverage",
        by,
        first,
        last,
        selection,
        {"basis": basis, "min_cases": min_cases},
        form,
        When(as_of, known_on),
    )


def export(
    file: Annotated[Path, typer.Argument(help="写到 .xlsx、.csv 或 .parquet")],
    measure: Annotated[str, typer.Option("--measure", help=f"指标：{', '.join(MEASURES)}")],
    by: By = [],  # noqa: B006
    first: From = None,
    last: To = None,
    aggregate: Annotated[Aggregate | None, AGGREGATE] = None,
    basis: Annotated[Basis | None, BASIS] = None,
    min_cases: Annotated[int | None, MIN_CASES] = None,
    district: District = [],  # noqa: B006
    department: Department = [],  # noqa: B006
    domain: Domain = [],  # noqa: B006
    kind: Kind = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    as_of: CutAt = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """把一个指标写成文件，附公式、期间和完整度。

    例：registry export 履行率.xlsx --measure exercise_rate --by district --from 2020-07
    """
    if measure not in MEASURES:
        raise UsageError(f"--measure {measure}：没有这个指标；可用 {', '.join(MEASURES)}")
    given = {"aggregate": aggregate, "basis": basis, "min_cases": min_cases}
    options = _options_of(measure, given)
    selection = select(district, unit, department, domain, kind)
    when = When(as_of, known_on)
    frame, window, snapshot, number = compute(measure, by, first, last, selection, options, when)
    write_table(file, frame, MEASURES[measure], window, snapshot, options, number)
    say(f"已写入 {file}：{len(frame)} 行 · 账册头 {snapshot.head} · 引用编号 {number}")
    record = {"file": str(file), "measure": measure, "rows": len(frame), "reference": number}
    show([record], form)


def _options_of(measure: str, given: dict[str, Any]) -> dict[str, Any]:
    """The options of a measure, its defaults where none is given; none that it does not know."""
    known = [name for name in DEFAULTS if name in MEASURES[measure].options]
    for name, value in given.items():
        if value is not None and name not in known:
            raise UsageError(f"--{name.replace('_', '-')}：指标 {measure} 没有这个选项")
    return {n: DEFAULTS[n] if given[n] is None else given[n] for n in known}
