"""How far every power was used, as the public is told of it: asked once, for pages and files.

Of a single unit and power only the state is told: no case, one or two, three or more.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from registry.figure import asked, reference
from registry.measures.completeness import completeness
from registry.measures.demand import demand
from registry.measures.exercise import coverage
from registry.measures.grouping import Selection
from registry.measures.procedure import procedure
from registry.measures.use import power_use
from registry.publish.edition import Edition
from registry.publish.tables import Table, file_name, without_fines

FIGURE = ("numerator", "denominator", "value", "completeness")
STATES = {0: "0", 1: "1-2", 3: "3+"}
"""The least count of a state, which is all that the public is told of a unit → the state."""

NOT_RETURNED = "missing"


@dataclass(frozen=True)
class Power:
    """Frames of one power, as their measures return them: `months` and `districts` its cases of
    any kind, `coverage` by district, `procedure` and `topics` of the city, `units` states;
    `holdings` its rows of the register, `changes` of its statute.

    alone: in some month a single unit held it, so that the city's count is that unit's, and only
    its state is told; lone: the same is true of a district, so that no district's count is told:
    what one district lacks could be got from the others and the city.
    """

    code: str
    months: pd.DataFrame
    districts: pd.DataFrame
    coverage: pd.DataFrame
    procedure: pd.DataFrame
    topics: pd.DataFrame
    units: pd.DataFrame
    returns: pd.DataFrame
    holdings: pd.DataFrame
    changes: pd.DataFrame
    reference: str
    alone: bool
    lone: bool

    @property
    def table(self) -> Table:
        """Its figures in one file; counts that are those of a single unit are not among them."""
        cases = (*(() if self.alone else (self.months,)), *(() if self.lone else (self.districts,)))
        parts: dict[str, tuple[pd.DataFrame, ...]] = {
            "power_use": cases,
            "coverage": (self.coverage,),
            "procedure": (self.procedure,),
        }
        frames = [
            frame.assign(figure=name if "measure" not in frame else name + "." + frame["measure"])
            for name, several in parts.items()
            for frame in several
        ]
        columns = ["figure", "district", "month", *FIGURE]
        whole = pd.concat(frames, ignore_index=True).reindex(columns=columns)
        texts = {name: whole[name].astype(object).fillna("") for name in columns[:3]}
        return Table(
            f"power/{file_name(self.code)}", whole.assign(**texts), reference=self.reference
        )


@dataclass(frozen=True)
class Uses:
    """Every power's frames at once, by name. alone, lone: powers that in some month a single unit
    held, of the city or of some district."""

    frames: Mapping[str, Mapping[str, pd.DataFrame]]
    units: pd.DataFrame
    by_month: pd.DataFrame
    alone: frozenset[str]
    lone: frozenset[str]

    def of(self, name: str, code: str) -> pd.DataFrame:
        frame = self.frames[name].get(code)
        if frame is None:
            frame = next(iter(self.frames[name].values())).iloc[:0]
        return frame


def read_uses(edition: Edition) -> Uses:
    snapshot, window = edition.snapshot, edition.window
    units = power_use(snapshot, window, ("unit", "power"))
    whole = {
        "months": power_use(snapshot, window, ("power", "month")),
        "districts": power_use(snapshot, window, ("district", "power")),
        "coverage": coverage(snapshot, window, ("district",)),
        "procedure": without_fines(procedure(snapshot, window, ("power",))),
        "units": units,
        "returns": completeness(snapshot, window, ("power",)),
        "holdings": snapshot.holdings.rows,
    }
    return Uses(
        frames={name: _by_power(frame) for name, frame in whole.items()},
        units=units,
        by_month=power_use(snapshot, window, ("district", "power", "month")),
        alone=_held_by_one(edition, ("city",)),
        lone=_held_by_one(edition, ("district",)),
    )


def _held_by_one(edition: Edition, by: tuple[str, ...]) -> frozenset[str]:
    """Powers that in some month a single unit of a group held."""
    holders = coverage(edition.snapshot, edition.window, (*by, "month"))
    return frozenset(holders.loc[holders["denominator"].le(1), "power"])


def _by_power(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(code): rows.reset_index(drop=True) for code, rows in frame.groupby("power")}


def read_powers(edition: Edition, uses: Uses) -> Iterator[Power]:
    """Every power of the catalogue, in its order."""
    for code in edition.snapshot.catalogue.powers["code"]:
        yield _power(edition, uses, code)


def _power(edition: Edition, uses: Uses, code: str) -> Power:
    chosen = Selection(power=(code,))
    alone = code in uses.alone
    handled = uses.of("procedure", code)
    return Power(
        code=code,
        months=uses.of("months", code),
        districts=uses.of("districts", code),
        coverage=uses.of("coverage", code),
        procedure=handled.iloc[:0] if alone else handled,
        topics=demand(edition.snapshot, edition.window, ("city", "topic"), selection=chosen),
        units=uses.of("units", code),
        returns=uses.of("returns", code),
        holdings=uses.of("holdings", code),
        changes=edition.snapshot.catalogue.changes_of(code),
        reference="" if alone else _reference(edition, uses.of("months", code), chosen),
        alone=alone,
        lone=code in uses.lone,
    )


def _reference(edition: Edition, months: pd.DataFrame, chosen: Selection) -> str:
    by = ("power", "month")
    figure = asked("power_use", by, edition.window, edition.snapshot, chosen, {})
    return reference(figure, months)


def use_by_month(uses: Uses) -> Table:
    """A row a power and district, a column a month: cases, empty where nothing was returned or
    held. Without powers that in some district a single unit held."""
    shown = uses.by_month[~uses.by_month["power"].isin(uses.lone)]
    counts = shown["value"].astype("Int64")
    wide = shown.assign(cases=counts).pivot(
        index=["power", "district"], columns="month", values="cases"
    )
    return Table("power_use_by_month", wide.rename_axis(columns=None).reset_index())


def states_of_units(uses: Uses) -> Table:
    """A row a power, a column a unit: its state, `missing` where nothing was returned, empty where
    the unit did not hold it."""
    states = uses.units.assign(state=unit_states(uses.units))
    wide = states.pivot(index="power", columns="unit", values="state")
    return Table("power_states_by_unit", wide.fillna("").rename_axis(columns=None).reset_index())


def unit_states(units: pd.DataFrame) -> list[str]:
    """A count that is none of the least ones has no state: it may not leave."""
    told = zip(units["numerator"], units["value"], strict=True)
    return [NOT_RETURNED if math.isnan(value) else STATES[int(n)] for n, value in told]


def state_of(count: float) -> str:
    """The state of an exact count, or of the least one."""
    return STATES[max(least for least in STATES if least <= count)]
