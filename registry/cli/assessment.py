"""Commands on the evidence for adjusting the list: flags, assess."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import pandas as pd
import typer

from registry import adjustment_wording as words
from registry.adjustment.assess import assess as assess_powers
from registry.adjustment.dossier import dossier, dossier_figures
from registry.adjustment.evidence import PARTS, assessed_months, assessment_day
from registry.adjustment.policy import Policy
from registry.adjustment.rules import FIGURES
from registry.cli.figures import named
from registry.cli.options import KnownOn, When, parse_date, split
from registry.cli.output import Format, FormatOption, Record, say, show, show_frame
from registry.db import reading
from registry.errors import RegistryError
from registry.language import N_
from registry.snapshot import Snapshot
from registry.window import today_in_beijing

AS_OF = typer.Option(
    "--as-of", help="评估日，看此前 12 个整月；默认最后一个有报送的月份的次月 1 日"
)
BY = typer.Option("--by", help="power 全市；power,district 分区")
AsOfOption = Annotated[str | None, AS_OF]
ByOption = Annotated[list[str], BY]
LISTED = (
    *("recommendation", "rule", "withheld"),
    *("closeness", "frequency", "suitability", "capacity"),
    *("stability", "uncertain", "path"),
)


class Recommended(StrEnum):
    """As `registry.adjustment.rules.RECOMMENDATIONS`."""

    keep = "keep"
    train = "train"
    give_back = "return"
    differentiate = "differentiate"
    delegate_more = "delegate_more"
    tidy_up = "tidy_up"


def add_commands(app: typer.Typer) -> None:
    app.command()(flags)
    app.command()(assess)


def flags(
    as_of: AsOfOption = None,
    recommendation: Annotated[
        Recommended | None, typer.Option("--recommendation", help="只列这一种建议")
    ] = None,
    by: ByOption = ["power"],  # noqa: B006  Typer reads the default
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """建议调整的职权：四项标准的档次、建议、依据和稳定度；建议不是决定。

    例：registry flags --recommendation return --by power,district
    """
    snapshot, day, policy = _assessed_on(When(as_of, known_on))
    found = assess_powers(snapshot, day, policy, split(by))
    chosen = found["recommendation"].ne("keep")
    if recommendation is not None:
        chosen = found["recommendation"].eq(recommendation.value)
    _introduce(snapshot, day, policy)
    say(words.count_finding(found))
    if withheld := words.withheld_finding(found):
        say(f"{withheld}:registry chase")
    _list(found[chosen], snapshot, form)


def assess(
    power: Annotated[str | None, typer.Argument(help="职权编码；不写则列出全部")] = None,
    as_of: AsOfOption = None,
    by: ByOption = ["power"],  # noqa: B006
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """一项职权的全部证据、四项标准、建议的依据和稳定度；JSON 即决定所固定的内容。

    例：registry assess UM153 --as-of 2023-07-01
    """
    snapshot, day, policy = _assessed_on(When(as_of, known_on))
    _introduce(snapshot, day, policy)
    groups = split(by)
    if power is None:
        _list(assess_powers(snapshot, day, policy, groups), snapshot, form)
        return
    found = _dossiers(snapshot, power, day, policy, groups)
    if form is Format.json:
        show(found, form)
    else:
        show([row for one in found for row in _items(one, snapshot)], form)


def _assessed_on(when: When) -> tuple[Snapshot, date, Policy]:
    with reading() as connection:
        snapshot = when.read(connection)
    if when.as_of:
        return snapshot, parse_date(when.as_of, "--as-of"), snapshot.policy
    return snapshot, assessment_day(snapshot, today_in_beijing()), snapshot.policy


def _introduce(snapshot: Snapshot, day: date, policy: Policy) -> None:
    window = assessed_months(day, policy)
    say(f"评估日 {day} · 看 {window} · 政策版本 {policy.version} · 数据版本 {snapshot.revision}")


def _list(rows: pd.DataFrame, snapshot: Snapshot, form: Format) -> None:
    groups = [name for name in ("power", "district") if name in rows]
    if form is not Format.table:
        listed = named(rows[[*groups, *LISTED]], snapshot)
        show_frame(listed.assign(**_figures(rows, form)), form)
        return
    catalogue = snapshot.catalogue
    known = {name: catalogue.names(name) for name in ("power", "district")}
    show_frame(words.flag_table(rows, known).rename(columns={"power": "编码"}), form)


def _figures(rows: pd.DataFrame, form: Format) -> dict[str, list[Any]]:
    """The figures that bands and rules stand on: in JSON one object a row, in CSV columns."""
    if form is Format.csv:
        names = [f"{name}{end}" for name in FIGURES for end in ("", *(f"_{p}" for p in PARTS))]
        return {name: rows[name].tolist() for name in names}
    return {"evidence": [dossier_figures(row) for _i, row in rows.iterrows()]}


def _dossiers(
    snapshot: Snapshot, power: str, day: date, policy: Policy, by: Sequence[str]
) -> list[Record]:
    found = assess_powers(snapshot, day, policy, by)
    if "district" not in found:
        return [dossier(snapshot, power, None, day, policy, found)]
    districts = found.loc[found["power"].eq(power), "district"]
    if not len(districts):
        raise RegistryError(N_("{power}：{day} 没有街乡持有"), power=power, day=day)
    return [dossier(snapshot, power, code, day, policy, found) for code in districts]


def _items(found: Record, snapshot: Snapshot) -> list[Record]:
    """A dossier as lines of item and text."""
    names, units = snapshot.catalogue.names("district"), snapshot.catalogue.names("unit")
    bands = words.criteria_table(found)
    silent = words.silent_texts(found, units)
    lines = [
        ("建议", words.verdict_text(found)),
        ("法律依据", words.statute_text(found)),
        *((str(name), f"{band}：{behind}") for name, band, behind in bands.itertuples()),
        *((str(name), text) for name, text, _share in words.evidence_table(found).itertuples()),
        *(("未触发的规则", text) for text in words.passed_over_texts(found)),
        *(("法律变化", text) for text in words.change_texts(found)),
        *(("反常沉默", text) for text in silent),
        *(("要催的", text) for text in words.chase_texts(found, units)),
    ]
    head = {"power": found["power"], "power_name": found["power_name"]}
    if found["district"]:
        head |= {"district": found["district"], "district_name": names[found["district"]]}
    return [head | {"item": item, "text": text} for item, text in lines]
