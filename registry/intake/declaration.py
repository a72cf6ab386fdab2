"""What the sender of a log declares: districts, months, units, and how to read the columns."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from registry.catalogue import Catalogue, day_or_none
from registry.errors import UsageError
from registry.language import N_
from registry.returns import BY_DISTRICT, USAGE_LOG
from registry.window import Window, month_of, month_text

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Declaration:
    """`units` empty means all units of the districts; `mapping` is heading → field and
    `constants` field → value, as in --map and --set. `kind` is that of the file."""

    districts: tuple[str, ...]
    window: Window
    units: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    constants: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    sheet: str | None = None
    replace: bool = False
    kind: str = USAGE_LOG

    def key(self) -> str:
        """What must be equal, besides the file's digest, for 'the same file again'."""
        parts = {
            "districts": sorted(self.districts),
            "months": str(self.window),
            "units": sorted(self.units),
            "map": dict(sorted(self.mapping.items())),
            "set": dict(sorted(self.constants.items())),
            "sheet": self.sheet,
            "replace": self.replace,
        }
        if self.kind != USAGE_LOG:
            parts["kind"] = self.kind
        return json.dumps(parts, ensure_ascii=False)

    @property
    def settled(self) -> set[str]:
        """Fields that a file needs no column for: the only district, the only month."""
        single = {"district": len(self.districts) == 1, "month": len(self.window) == 1}
        return {field for field, is_single in single.items() if is_single}

    def check(self, catalogue: Catalogue) -> None:
        """Raises UsageError for a code that is no district, or a unit that is not in them."""
        districts = catalogue.names("district")
        for code in self.districts:
            if code not in districts:
                raise UsageError(
                    N_("--district {code}：没有这个区，可用 {known}"),
                    code=code,
                    known=", ".join(districts),
                )
        units = catalogue.units.set_index("code")["district_code"]
        for code in self.units:
            if units.get(code) not in self.districts:
                raise UsageError(N_("--units {code}：不是所申报的区内的单位代码"), code=code)
        if self.units and self.kind in BY_DISTRICT:
            raise UsageError(N_("--units：{kind} 报表按区报送，不分单位"), kind=self.kind)

    def check_begun(self, today: date) -> None:
        """Raises UsageError for a month that nobody can have returned yet, not even as nil."""
        if self.window.last > month_of(today):
            raise UsageError(
                N_("--months {window}：还没有到 {last}，最多申报到 {now}"),
                window=str(self.window),
                last=month_text(self.window.last),
                now=month_text(month_of(today)),
            )

    def covered(self, catalogue: Catalogue) -> list[tuple[int, int]]:
        """(unit id, month) pairs that the file speaks for: units valid in that month, or the
        districts' own rows where returns are about these."""
        units = catalogue.units
        own = units["unit_kind"].eq("district") == (self.kind in BY_DISTRICT)
        chosen = units["district_code"].isin(self.districts) & own
        if self.units:
            chosen = units["code"].isin(self.units)
        return [
            (int(row.id), month)
            for row in units[chosen].itertuples()
            for month in self.window.months
            if _valid_in(row, Window(month, month))
        ]


def _valid_in(unit: Any, month: Window) -> bool:
    start, end = day_or_none(unit.valid_from), day_or_none(unit.valid_to)
    return (start is None or start < month.end) and (end is None or end > month.start)
