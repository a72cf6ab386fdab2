"""Options that several commands share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from sqlalchemy.engine import Connection

from registry.errors import UsageError
from registry.known import known_act
from registry.measures.grouping import Selection
from registry.snapshot import Snapshot, read_snapshot
from registry.window import Window, add_months, month_of, parse_month

NUMBER: dict[str, Any] = {"min": 0, "max": 2**31 - 1}
"""Bounds of the number of a batch, a proposal, a decision or an act, as a database stores it."""

By = Annotated[
    list[str],
    typer.Option(
        "--by",
        help="分组，可用逗号写多个：city district unit unit_kind department domain kind "
        "power month quarter year;demand 另有 topic",
    ),
]
From = Annotated[str | None, typer.Option("--from", help="起始月，如 2020-07（含）")]
To = Annotated[str | None, typer.Option("--to", help="结束月，如 2020-10（含）")]
District = Annotated[list[str], typer.Option("--district", help="区代码，可写多个")]
Department = Annotated[list[str], typer.Option("--department", help="来源部门代码，可写多个")]
Domain = Annotated[list[str], typer.Option("--domain", help="领域代码，可写多个")]
Kind = Annotated[list[str], typer.Option("--kind", help="职权类别 penalty 或 coercion")]
UnitOption = Annotated[list[str], typer.Option("--unit", help="街道、乡镇代码，可写多个")]


class FileKind(StrEnum):
    """Usage logs and the kinds of monthly returns, as `registry.returns.KINDS`."""

    usage = "usage"
    staffing = "staffing"
    complaints = "complaints"
    whistles = "whistles"
    training = "training"


FileKindOption = Annotated[
    FileKind,
    typer.Option(
        "--kind",
        help="报表种类：usage 执法台账、staffing 人员、complaints 诉求、whistles 吹哨报到、"
        "training 培训与联合执法",
    ),
]
KnownOn = Annotated[
    str,
    typer.Option(
        "--known-on",
        help="按当时所知：日期（到当日终了，北京时间）、行为编号或冻结的名称；默认现在",
    ),
]
CutAt = Annotated[
    str | None,
    typer.Option("--as-of", help="期间截到这一天为止的整月，如 2021-06-30；默认期间末日"),
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="截至哪一天，如 2021-07-01；默认今天")]


@dataclass(frozen=True)
class When:
    """As-of and known-on as typed; '' and None are the end of the window and now."""

    as_of: str | None = None
    known_on: str = ""

    def read(self, connection: Connection) -> Snapshot:
        """The register as known then."""
        return read_snapshot(connection, known_act(connection, self.known_on))

    @property
    def last(self) -> int | None:
        """The last month that is over on the as-of day."""
        if not self.as_of:
            return None
        return add_months(month_of(parse_date(self.as_of, "--as-of") + timedelta(days=1)), -1)


NOW = When()


def split(values: Sequence[str]) -> tuple[str, ...]:
    """['a,b', 'c'] → ('a', 'b', 'c')."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def pairs(values: Sequence[str], option: str) -> dict[str, str]:
    """['列名=field'] → {'列名': 'field'}."""
    result = {}
    for value in values:
        left, sign, right = value.rpartition("=")
        if not sign or not left.strip() or not right.strip():
            raise UsageError(f"{option} {value}：请写成 {option} 左=右")
        result[left.strip()] = right.strip()
    return result


def parse_date(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}：不是日期，请写成 2021-07-01") from None


def select(
    district: Sequence[str],
    unit: Sequence[str],
    department: Sequence[str],
    domain: Sequence[str],
    kind: Sequence[str],
) -> Selection:
    return Selection(*map(split, (district, unit, department, domain, kind)))


def window_of(
    snapshot: Snapshot,
    first: str | None,
    last: str | None,
    today: date,
    least: int = 1,
    when: When = NOW,
) -> Window:
    """The window asked for; by default the last 12 months with any return.

    `least` lengthens a default to that many months. The as-of day cuts the window: windows are
    whole months, so a month that is not over on that day is left out.
    """
    usual = snapshot.last_12_months(today)
    end = parse_month(last) if last else usual.last
    end = min(end, when.last or end)
    if first:
        return Window(parse_month(first), end)
    length = max(len(usual), least) if not last else 12
    return Window(add_months(end, 1 - length), end)
