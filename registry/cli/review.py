"""Commands on legal review: its measures, the cases behind them, what if."""

from typing import Annotated

import pandas as pd
import typer

from registry.cli.figures import named, print_figures
from registry.cli.options import (
    AsOf,
    By,
    Department,
    District,
    Domain,
    From,
    Kind,
    To,
    UnitOption,
    parse_date,
    select,
    window_of,
)
from registry.cli.output import Format, FormatOption, say, show_frame
from registry.db import reading
from registry.errors import UsageError
from registry.measures.grouping import Selection
from registry.measures.review_lists import review_breaches, waiting_reviews
from registry.snapshot import Snapshot, read_snapshot
from registry.window import today_in_beijing
from registry.workdays import years_by_weekday

Breaches = Annotated[bool, typer.Option("--breaches", help="改列期间内应审未审即作决定的案件")]
Waiting = Annotated[bool, typer.Option("--waiting", help="改列某日(--as-of)在等审核的案件")]


def add_commands(app: typer.Typer) -> None:
    app.command()(review)


def review(
    by: By = [],  # noqa: B006  Typer reads the default
    first: From = None,
    last: To = None,
    breaches: Breaches = False,
    waiting: Waiting = False,
    as_of: AsOf = None,
    district: District = [],  # noqa: B006
    department: Department = [],  # noqa: B006
    domain: Domain = [],  # noqa: B006
    kind: Kind = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    form: FormatOption = Format.table,
) -> None:
    """法制审核:覆盖率、应审未审、用时、按时、退回、积压、每名审核人员的负担;或逐案清单。

    例:registry review --by district --from 2022-01 --to 2022-12;registry review --waiting
    """
    selection = select(district, unit, department, domain, kind)
    if breaches and waiting:
        raise UsageError("--breaches 和 --waiting 是两张清单,请分别列出")
    if as_of and not waiting:
        raise UsageError("--as-of 只用于 --waiting;指标的期间用 --from 和 --to")
    if breaches:
        _print_breaches(first, last, selection, form)
    elif waiting:
        _print_waiting(as_of, selection, form)
    else:
        print_figures("review", by, first, last, selection, {}, form)


def _print_breaches(first: str | None, last: str | None, chosen: Selection, form: Format) -> None:
    with reading() as connection:
        snapshot = read_snapshot(connection)
        chosen.check(snapshot.catalogue)
        window = window_of(snapshot, first, last, today_in_beijing())
        listed = review_breaches(connection, window, chosen)
    say(f"应审未审即作决定 · {window}:{len(listed)} 件")
    _show(listed, snapshot, form)


def _print_waiting(as_of: str | None, chosen: Selection, form: Format) -> None:
    day = parse_date(as_of, "--as-of") if as_of else today_in_beijing()
    with reading() as connection:
        snapshot = read_snapshot(connection)
        chosen.check(snapshot.catalogue)
        listed = waiting_reviews(connection, day, chosen)
    late = int(listed["overdue"].sum())
    say(f"截至 {day} 在等审核:{len(listed)} 件,其中逾期 {late} 件{_calendar_note(listed)}")
    _show(listed, snapshot, form)


def _calendar_note(listed: pd.DataFrame) -> str:
    """Years in which working days are weekdays, since their holidays are not known."""
    days = [*listed["requested_on"], *listed["due_on"]]
    years = years_by_weekday({day.year for day in days})
    return f";{'、'.join(map(str, years))} 年节假日未知,按周一至周五计" if years else ""


def _show(listed: pd.DataFrame, snapshot: Snapshot, form: Format) -> None:
    show_frame(named(listed, snapshot), form)
