"""Commands that compute: rate, dormant, coverage, completeness, export."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.text import Text

from registry.cli.options import (
    By,
    Department,
    District,
    Domain,
    From,
    Kind,
    To,
    UnitOption,
    select,
    split,
    window_of,
)
from registry.cli.output import Format, FormatOption, say, show, show_frame
from registry.db import reading
from registry.errors import UsageError
from registry.export import write_table
from registry.measures.card import Card
from registry.measures.cards import CARDS
from registry.measures.exercise import DORMANT_MIN_MONTHS, Aggregate, Basis
from registry.measures.grouping import DIMENSIONS, TIME_DIMENSIONS, Selection
from registry.snapshot import Snapshot, read_snapshot
from registry.window import Window, period_name, today_in_beijing
from registry.wording import bound_text, count_text, percent_text

AGGREGATE = typer.Option("--aggregate", help="union 合并、pooled 逐对、mean 街乡平均")
BASIS = typer.Option("--basis", help="decision 处罚决定和强制;any 任何案件,含检查")
MIN_CASES = typer.Option("--min-cases", min=1, help="至少几件;履职均衡率为 3")
AggregateOption = Annotated[Aggregate, AGGREGATE]
BasisOption = Annotated[Basis, BASIS]
MinCases = Annotated[int, MIN_CASES]
DEFAULTS: dict[str, Any] = {"aggregate": "union", "basis": "decision", "min_cases": 1}


def add_commands(app: typer.Typer) -> None:
    for command in (rate, dormant, coverage, completeness):
        app.command()(command)
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
    form: FormatOption = Format.table,
) -> None:
    """职权履行率。

    例:registry rate --by district,department --from 2020-07 --to 2020-10
    """
    selection = select(district, unit, department, domain, kind)
    options = {"aggregate": aggregate, "basis": basis, "min_cases": min_cases}
    _print("exercise_rate", by, first, last, selection, options, form)


def dormant(
    by: By = [],  # noqa: B006
    first: From = None,
    last: To = None,
    district: District = [],  # noqa: B006
    department: Department = [],  # noqa: B006
    domain: Domain = [],  # noqa: B006
    kind: Kind = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    form: FormatOption = Format.table,
) -> None:
    """休眠职权:used 用过、dormant 休眠、no_case_seen 未见案件(有缺报)。

    例:registry dormant --department health --from 2021-01 --to 2021-12
    """
    _print("dormant", by, first, last, select(district, unit, department, domain, kind), {}, form)


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
    form: FormatOption = Format.table,
) -> None:
    """每项职权的覆盖面:行使过的街乡 ÷ 持有的街乡。

    例:registry coverage --department water_affairs --from 2021-01 --to 2021-12
    """
    selection = select(district, unit, department, domain, kind)
    _print("coverage", by, first, last, selection, {"basis": basis, "min_cases": min_cases}, form)


def completeness(
    by: By = [],  # noqa: B006
    first: From = None,
    last: To = None,
    district: District = [],  # noqa: B006
    department: Department = [],  # noqa: B006
    domain: Domain = [],  # noqa: B006
    kind: Kind = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    form: FormatOption = Format.table,
) -> None:
    """报送完整度:已报送的(街乡,月)÷ 应报送的。

    例:registry completeness --by district,month --from 2023-01 --to 2023-06
    """
    selection = select(district, unit, department, domain, kind)
    _print("completeness", by, first, last, selection, {}, form)


def export(
    file: Annotated[Path, typer.Argument(help="写到 .xlsx、.csv 或 .parquet")],
    measure: Annotated[str, typer.Option("--measure", help=f"指标:{', '.join(CARDS)}")],
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
    form: FormatOption = Format.table,
) -> None:
    """把一个指标写成文件,附公式、期间和完整度。

    例:registry export 履行率.xlsx --measure exercise_rate --by district --from 2020-07
    """
    if measure not in CARDS:
        raise UsageError(f"--measure {measure}:没有这个指标;可用 {', '.join(CARDS)}")
    given = {"aggregate": aggregate, "basis": basis, "min_cases": min_cases}
    options = _options_of(measure, given)
    selection = select(district, unit, department, domain, kind)
    frame, window, snapshot = _compute(measure, by, first, last, selection, options)
    write_table(file, frame, CARDS[measure], window, snapshot, options)
    say(f"已写入 {file}:{len(frame)} 行")
    show([{"file": str(file), "measure": measure, "rows": len(frame)}], form)


def _options_of(measure: str, given: dict[str, Any]) -> dict[str, Any]:
    """The options of a measure, its defaults where none is given; none that it does not know."""
    known = [name for name in DEFAULTS if name in CARDS[measure].options]
    for name, value in given.items():
        if value is not None and name not in known:
            raise UsageError(f"--{name.replace('_', '-')}:指标 {measure} 没有这个选项")
    return {n: DEFAULTS[n] if given[n] is None else given[n] for n in known}


def _print(
    measure: str,
    by: Sequence[str],
    first: str | None,
    last: str | None,
    selection: Selection,
    options: dict[str, Any],
    form: Format,
) -> None:
    frame, window, _ = _compute(measure, by, first, last, selection, options)
    card = CARDS[measure]
    as_of = f"截至 {window.end - timedelta(days=1)}"
    chosen = " ".join(f"{name}={value}" for name, value in options.items())
    say(" · ".join(filter(None, (card.title, str(window), as_of, chosen))))
    show_frame(_in_words(frame, card) if form is Format.table else frame, form)


def _in_words(frame: pd.DataFrame, card: Card) -> pd.DataFrame:
    """The figures of a table for people, each aligned as a number."""
    pairs = list(zip(frame["value"], frame["completeness"], strict=True))
    values = [_figure(_value_text(value, share, card.reads)) for value, share in pairs]
    shares = [_figure(_value_text(share, 1.0, "share")) for _, share in pairs]
    columns = {"value": values, "completeness": shares}
    return frame.assign(**{name: pd.Series(v, dtype=object) for name, v in columns.items()})


def _figure(text: str | None) -> Text | None:
    return None if text is None else Text(text, justify="right")


def _value_text(value: float, completeness: float, reads: str) -> str | None:
    if pd.isna(value):
        return None
    if reads == "count":
        return count_text(value)
    text = percent_text(value)
    return bound_text(text, completeness) if reads == "rate" else text


def _compute(
    measure: str,
    by: Sequence[str],
    first: str | None,
    last: str | None,
    selection: Selection,
    options: dict[str, Any],
) -> tuple[pd.DataFrame, Window, Snapshot]:
    with reading() as connection:
        snapshot = read_snapshot(connection)
    selection.check(snapshot.catalogue)
    least = DORMANT_MIN_MONTHS if measure == "dormant" else 1
    window = window_of(snapshot, first, last, today_in_beijing(), least)
    compute: Callable[..., pd.DataFrame] = CARDS[measure].compute
    frame = compute(snapshot, window, split(by), selection=selection, **options)
    return named(frame, snapshot), window, snapshot


def named(frame: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """The frame with `<group>_name` beside each group column that has names."""
    columns: dict[str, Any] = {}
    for name in frame.columns:
        columns[name] = frame[name]
        if name in DIMENSIONS:
            columns[f"{name}_name"] = _names(frame[name], name, snapshot)
    return pd.DataFrame(columns)


def _names(codes: pd.Series, dimension: str, snapshot: Snapshot) -> list[str]:
    if dimension in TIME_DIMENSIONS:
        return [period_name(code) for code in codes]
    labels = snapshot.catalogue.names(dimension)
    return [labels.get(code, code) for code in codes]
