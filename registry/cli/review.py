"""Commands on legal review: its measures, the cases behind them, what if."""

from collections.abc import Sequence
from typing import Annotated

import pandas as pd
import typer
from rich.text import Text

from registry.cli.figures import named, print_figures
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
    parse_date,
    select,
    split,
    window_of,
)
from registry.cli.output import Format, FormatOption, say, show_frame
from registry.db import reading
from registry.errors import UsageError
from registry.measures.grouping import Selection
from registry.measures.review_ahead import months_ahead
from registry.measures.review_lists import review_breaches, waiting_reviews
from registry.measures.simulate import SCENARIOS, simulate
from registry.snapshot import Snapshot
from registry.window import Window, add_months, today_in_beijing
from registry.wording import percent_text, ratio_text
from registry.workdays import years_by_weekday

Breaches = Annotated[bool, typer.Option("--breaches", help="改列期间内应审未审即作决定的案件")]
Turnaround = Annotated[
    bool, typer.Option("--turnaround", help="改列审核用时分布：用了几个工作日的各有多少")
]
Ahead = Annotated[
    int, typer.Option("--ahead", min=0, max=24, help="改列最后报送月之后这么多个月的送审预估")
]
Waiting = Annotated[bool, typer.Option("--waiting", help="改列某日（--as-of）在等审核的案件")]


def add_commands(app: typer.Typer) -> None:
    app.command()(review)
    app.command("simulate-review")(simulate_review)


def review(
    by: By = [],  # noqa: B006  Typer reads the default
    first: From = None,
    last: To = None,
    breaches: Breaches = False,
    waiting: Waiting = False,
    ahead: Ahead = 0,
    turnaround: Turnaround = False,
    as_of: CutAt = None,
    known_on: KnownOn = "",
    district: District = [],  # noqa: B006
    department: Department = [],  # noqa: B006
    domain: Domain = [],  # noqa: B006
    kind: Kind = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    form: FormatOption = Format.table,
) -> None:
    """法制审核：覆盖率、应审未审、用时、按时、退回、积压、每名审核人员的负担；或逐案清单。

    例：registry review --by district --from 2022-01 --to 2022-12;registry review --waiting
    """
    selection = select(district, unit, department, domain, kind)
    if breaches + waiting + turnaround + bool(ahead) > 1:
        raise UsageError("--breaches、--waiting、--turnaround 和 --ahead 是不同的表，请分别列出")
    when = When(as_of, known_on)
    if breaches:
        _print_breaches(first, last, selection, form, when)
    elif waiting:
        _print_waiting(selection, form, when)
    elif ahead:
        _print_ahead(ahead, by, selection, form, when)
    else:
        measure = "turnaround_distribution" if turnaround else "review"
        print_figures(measure, by, first, last, selection, {}, form, when)


def _print_breaches(
    first: str | None, last: str | None, chosen: Selection, form: Format, when: When
) -> None:
    with reading() as connection:
        snapshot = when.read(connection)
        chosen.check(snapshot.catalogue)
        window = window_of(snapshot, first, last, today_in_beijing(), when=when)
        listed = review_breaches(connection, window, chosen, snapshot.known)
    say(f"应审未审即作决定 · {window}：{len(listed)} 件")
    _show(listed, snapshot, form)


def _print_waiting(chosen: Selection, form: Format, when: When) -> None:
    day = parse_date(when.as_of, "--as-of") if when.as_of else today_in_beijing()
    with reading() as connection:
        snapshot = when.read(connection)
        chosen.check(snapshot.catalogue)
        listed = waiting_reviews(connection, day, chosen, known=snapshot.known)
    late = int(listed["overdue"].sum())
    say(f"截至 {day} 在等审核：{len(listed)} 件，其中逾期 {late} 件{_calendar_note(listed)}")
    _show(listed, snapshot, form)


def _print_ahead(
    count: int, by: Sequence[str], chosen: Selection, form: Format, when: When
) -> None:
    with reading() as connection:
        snapshot = when.read(connection)
    chosen.check(snapshot.catalogue)
    first = add_months(snapshot.full_year(today_in_beijing()).last, 1)
    window = Window(first, add_months(first, count - 1))
    table = months_ahead(snapshot, window, split(by), selection=chosen)
    say(f"送审预估 · {window}：往年同月送审件数的平均（denominator 为年数），只是外推，不是预测")
    _show(table, snapshot, form)


def _calendar_note(listed: pd.DataFrame) -> str:
    """Years in which working days are weekdays, since their holidays are not known."""
    days = [*listed["requested_on"], *listed["due_on"]]
    years = years_by_weekday({day.year for day in days})
    return f"；{'、'.join(map(str, years))} 年节假日未知，按周一至周五计" if years else ""


def _show(listed: pd.DataFrame, snapshot: Snapshot, form: Format) -> None:
    show_frame(named(listed, snapshot), form)


def simulate_review(
    scenario: Annotated[
        list[str],
        typer.Option("--scenario", help=f"情形，可写多个：{' '.join(SCENARIOS)}；默认全部"),
    ] = [],  # noqa: B006
    first: From = None,
    last: To = None,
    district: District = [],  # noqa: B006
    unit: UnitOption = [],  # noqa: B006
    as_of: CutAt = None,
    known_on: KnownOn = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="随机数种子；同一种子结果相同")] = 0,
    form: FormatOption = Format.table,
) -> None:
    """法制审核推演：现状、再下放 30 项职权、加一人、减一人、全区合并使用审核人员。

    share_late 是超期比例，mean_wait 是平均等候的工作日，load 到 1 就永远审不完。缺数的原因 reason:
    not_returned 缺报、no_reviews 没有送审、reviewers_unknown 审核人数未报、no_reviewer 无审核人员。

    例：registry simulate-review --district 110101 --scenario now,more_powers
    """
    chosen, when = select(district, unit, [], [], []), When(as_of, known_on)
    with reading() as connection:
        snapshot = when.read(connection)
    chosen.check(snapshot.catalogue)
    window = window_of(snapshot, first, last, today_in_beijing(), when=when)
    asked = split(scenario) or SCENARIOS
    table = simulate(snapshot, window, selection=chosen, scenarios=asked, seed=seed)
    say(f"法制审核推演 · {window} · 随机数种子 {seed}")
    say(_assumption(snapshot.policy.review_hours))
    _show(_simulated_in_words(table) if form is Format.table else table, snapshot, form)


def _assumption(hours: float) -> str:
    return (
        f"每件审核用时是假设，不是实测：政策文件为 {hours:g} 小时，有用时记录的司法所已调到使模拟的"
        "中位用时与报来的一致（hours）；到达和用时按随机，先到先审。"
    )


def _simulated_in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Shares as percent, other numbers with two decimals."""
    decimals = dict.fromkeys(("mean_wait", "load", "reviews_a_month", "hours"), ratio_text)
    texts = {
        name: [None if pd.isna(v) else Text(in_words(v), justify="right") for v in table[name]]
        for name, in_words in ({"share_late": percent_text} | decimals).items()
    }
    return table.assign(**{name: pd.Series(text, dtype=object) for name, text in texts.items()})
