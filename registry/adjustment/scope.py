"""Where a decision applies: the city, districts or units; and what it changes in the register.

In: codes, the kind of a decision. Out: pairs (scope, code) whose holdings close, and rows to open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from registry.catalogue import NOT_HOLDERS, Catalogue, day_or_none
from registry.errors import RegistryError
from registry.holdings import CITY, Holdings
from registry.language import N_

Pair = tuple[str, str]


@dataclass(frozen=True)
class Scope:
    """Codes of districts and units; without any, the whole city."""

    districts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @property
    def is_city(self) -> bool:
        return not self.districts and not self.units

    @property
    def pairs(self) -> list[Pair]:
        """(scope, code) as in `holding`."""
        if self.is_city:
            return [CITY]
        return [("district", code) for code in self.districts] + [
            ("unit", code) for code in self.units
        ]

    def covers(self, unit: str, district: str) -> bool:
        return self.is_city or unit in self.units or district in self.districts

    def members(self, holdings: Holdings) -> np.ndarray:
        """bool[units]: units of the scope that holdings of this scope mean."""
        units = holdings.units
        named = units["code"].isin(self.units).to_numpy()
        if self.is_city:
            return holdings.can_hold
        return named | (holdings.can_hold & units["district_code"].isin(self.districts).to_numpy())

    def within(self, catalogue: Catalogue) -> list[Pair]:
        """The scope's own pairs and those of its districts' units, which are narrower."""
        units = catalogue.units
        inner = units["district_code"].isin(self.districts) & ~units["unit_kind"].isin(NOT_HOLDERS)
        return self.pairs + [("unit", str(code)) for code in units.loc[inner, "code"]]


def check_scope(scope: Scope, area: Scope, catalogue: Catalogue, day: date) -> None:
    """Refuses a code that is no district or unit or lies outside the area proposed, a unit that
    does not exist on the day, and a unit of a district that is named as a whole."""
    known = catalogue.units.set_index("code")
    districts = catalogue.names("district")
    for code in scope.districts:
        if code not in districts:
            raise RegistryError(N_("--district {code}：没有这个区"), code=code)
    for code in scope.units:
        if code not in known.index or code in districts:
            raise RegistryError(N_("--unit {code}：没有这个街道、乡镇"), code=code)
        _check_unit(code, known.loc[code].to_dict(), scope, day)
    for code in (*scope.districts, *scope.units):
        if not area.covers("", str(known.loc[code, "district_code"])):
            raise RegistryError(
                N_("{code} 不在提案所涉及的 {district} 之内"),
                code=code,
                district=", ".join(area.districts),
            )


def _check_unit(code: str, unit: dict[str, object], scope: Scope, day: date) -> None:
    start, end = day_or_none(unit["valid_from"]), day_or_none(unit["valid_to"])
    if (start and start > day) or (end and end <= day):
        raise RegistryError(
            N_("{code}（{name}）在 {day} 不存在；请写当日存在的街道、乡镇"),
            code=code,
            name=unit["name"],
            day=day,
        )
    if unit["district_code"] in scope.districts:
        raise RegistryError(
            N_("{code} 已包括在 {district} 之内；请只写一个"),
            code=code,
            district=unit["district_code"],
        )


@dataclass(frozen=True)
class Change:
    """`closed`: pairs whose holdings end, None for all of the power; `opened`: pair and held."""

    closed: list[Pair] | None
    opened: list[tuple[str, str, bool]]


def _returned(scope: Scope, area: Scope, catalogue: Catalogue) -> Change:
    """City-wide the holdings end; in part of it, an exclusion stands over what is wider."""
    if scope.is_city:
        return Change(None, [])
    return Change(scope.within(catalogue), [(*pair, False) for pair in scope.pairs])


def _delegated(scope: Scope, area: Scope, catalogue: Catalogue) -> Change:
    closed = None if scope.is_city else scope.within(catalogue)
    return Change(closed, [(*pair, True) for pair in scope.pairs])


def _differentiated(scope: Scope, area: Scope, catalogue: Catalogue) -> Change:
    """From then on the scope holds the power, and nobody else in the area proposed."""
    outside = _returned(area, area, catalogue)
    return Change(outside.closed, outside.opened + [(*pair, True) for pair in scope.pairs])


CHANGES: dict[str, Callable[[Scope, Scope, Catalogue], Change]] = {
    "return": _returned,
    "tidy_up": _returned,
    "delegate_more": _delegated,
    "differentiate": _differentiated,
}
"""Kind of decision → what (scope decided, scope proposed) change; keep and train change nothing."""

CITY_ONLY, PART_ONLY = ("tidy_up",), ("differentiate",)


def check_kind_of_scope(kind: str, scope: Scope, area: Scope) -> None:
    """Tidying up takes a power off the list for everyone; differences need a part of the area."""
    if kind in CITY_ONLY and not scope.is_city:
        raise RegistryError(
            N_(
                "依据清理是把职权从清单中去掉，只能全市一起；只在部分地方不再持有，请用收回（return）"
            )
        )
    if kind in PART_ONLY and scope == area:
        raise RegistryError(N_("差异化要写明哪些区或街道、乡镇继续持有"))


def keeps(kind: str, scope: Scope, unit: str, district: str) -> bool:
    """Whether a speaker (a district has no unit) goes on holding after such a decision."""
    inside = scope.covers(unit, district)
    if kind in ("return", "tidy_up"):
        return not inside
    return inside if kind == "differentiate" else True
