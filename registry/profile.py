"""One district or unit on one screen: every measure that speaks of it, gathered and set beside
the city. The district page shows it, the brief puts it on paper; neither computes anything.

In: a snapshot, a place, a window. Out: a `Profile` of measures' frames.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from registry.adjustment.policy import Policy
from registry.catalogue import Catalogue
from registry.chase import missing_months, months_due
from registry.errors import RegistryError
from registry.language import N_
from registry.measures.demand import NEEDED, demand
from registry.measures.distribution import deciles_of, unit_rates
from registry.measures.exercise import BALANCE_MIN_CASES, NO_CASE_SEEN, dormant, exercise_rate
from registry.measures.gaming import gaming
from registry.measures.grouping import Selection
from registry.measures.procedure import procedure
from registry.measures.review import review
from registry.measures.staffing import staffing
from registry.returns import KINDS
from registry.snapshot import Snapshot
from registry.window import Window, add_months

BRIEF = "brief"
"""The name under which the figures of a profile are asked for together."""

City = dict[str, pd.DataFrame]
FAMILIES: dict[str, Callable[..., pd.DataFrame]] = {
    "staffing": staffing,
    "review": review,
    "procedure": procedure,
}
"""Measures of which every record of a place has the city's beside it."""

RESULTS = ["numerator", "denominator", "value", "completeness"]


@dataclass(frozen=True)
class Place:
    """A district or a unit: `dimension` says which."""

    code: str
    dimension: str

    @property
    def selection(self) -> Selection:
        return Selection(**{self.dimension: (self.code,)})


@dataclass(frozen=True)
class Peers:
    """The place's rate among its like: `deciles` 10 to 90 of their rates, how many they are.

    kind and band: what they have in common; '' for districts, which are all compared.
    """

    count: int
    deciles: tuple[float, ...]
    kind: str = ""
    band: str = ""


@dataclass(frozen=True)
class Profile:
    """Frames as their measures return them, one place's records in each.

    `rate` and `balance` are one record; `departments` has `numerator`, `denominator`, `value`,
    `completeness` of the place and those of the city under names that end in `_city`, as have
    staffing, review and procedure, with `measure`; `topics` those of the place's topics that are
    needed and unused; `unclear` the topics of which that cannot be told, since usage logs are
    missing; `silent` the powers of these topics that no case was seen of in `year`; `covered` a
    row a kind of return: (unit, month) pairs covered ÷ due; `gaps` a row a kind (`returns`) and
    `unit` with `months` missing. Training is returned by districts: a unit has no row of it.
    """

    place: Place
    window: Window
    year: Window
    rate: pd.Series
    balance: pd.Series
    city: pd.Series
    departments: pd.DataFrame
    peers: Peers
    staffing: pd.DataFrame
    review: pd.DataFrame
    procedure: pd.DataFrame
    topics: pd.DataFrame
    unclear: tuple[str, ...]
    silent: tuple[str, ...]
    gaming: pd.DataFrame
    gaps: pd.DataFrame
    covered: pd.DataFrame

    @property
    def as_of(self) -> date:
        return self.window.end - timedelta(days=1)


def find_place(catalogue: Catalogue, code: str) -> Place:
    """The district or unit of this code; raises RegistryError where there is none."""
    rows = catalogue.units[catalogue.units["code"].eq(code)]
    if rows.empty:
        raise RegistryError(N_("没有代码为 {code} 的区或街道、乡镇"), code=code)
    return Place(code, "district" if rows["unit_kind"].iloc[0] == "district" else "unit")


def read_city(snapshot: Snapshot, window: Window) -> City:
    """What every place is set beside: the city's records of each family in a window."""
    return {name: measure(snapshot, window, ("city",)) for name, measure in FAMILIES.items()}


def read_profile(
    snapshot: Snapshot,
    place: Place,
    window: Window,
    policy: Policy | None = None,
    city: City | None = None,
) -> Profile:
    """Everything about a place in a window; raises RegistryError where it held no power in it.

    city: as `read_city` gives it for the window, where it is at hand.
    """
    chosen, by = place.selection, (place.dimension,)
    rates = exercise_rate(snapshot, window, by, selection=chosen)
    if rates.empty:
        raise RegistryError(N_("{code} 在所选期间不持有任何职权"), code=place.code)
    balances = exercise_rate(snapshot, window, by, min_cases=BALANCE_MIN_CASES, selection=chosen)
    year = Window(add_months(window.last, -11), window.last)
    asked = _asked_for(snapshot, place, window, policy)
    topics = asked[asked["state"].eq(NEEDED)].reset_index(drop=True)
    city = city or read_city(snapshot, window)
    beside = {name: _beside_city(name, city[name], snapshot, place, window) for name in FAMILIES}
    return Profile(
        place=place,
        window=window,
        year=year,
        rate=rates.iloc[0],
        balance=balances.iloc[0],
        city=exercise_rate(snapshot, window).iloc[0],
        departments=_departments(snapshot, place, window),
        peers=_peers(snapshot, place, window),
        **beside,
        topics=topics,
        unclear=tuple(asked.loc[asked["state"].eq(NO_CASE_SEEN), "topic"]),
        silent=_silent(snapshot, place, year, topics),
        gaming=gaming(snapshot, window, by, selection=chosen),
        gaps=_gaps(snapshot, place, window),
        covered=_covered(snapshot, place, window),
    )


def profile_figures(profile: Profile) -> pd.DataFrame:
    """The figures of a brief: `figure`, `department`, `origin`, then the fixed result columns."""
    parts = [
        profile.rate.to_frame().T.assign(figure="exercise_rate"),
        profile.balance.to_frame().T.assign(figure="balance_rate"),
        profile.departments.assign(figure="exercise_rate"),
        *(
            frame.assign(figure=family + "." + frame["measure"].astype(object))
            for family, frame in (
                ("staffing", profile.staffing),
                ("review", profile.review),
                ("procedure", profile.procedure),
            )
        ),
    ]
    keys = ["figure", "department", "origin"]
    frames = [part.reindex(columns=[*keys, *RESULTS]) for part in parts]
    types = dict.fromkeys(keys, object) | dict.fromkeys(RESULTS, float)
    whole = pd.concat([frame.astype(types) for frame in frames], ignore_index=True)
    return whole.fillna(dict.fromkeys(keys, ""))


def _departments(snapshot: Snapshot, place: Place, window: Window) -> pd.DataFrame:
    own = exercise_rate(
        snapshot, window, (place.dimension, "department"), selection=place.selection
    )
    city = exercise_rate(snapshot, window, ("department",))
    return own.merge(city[["department", *RESULTS]], on="department", suffixes=("", "_city"))


def _peers(snapshot: Snapshot, place: Place, window: Window) -> Peers:
    """Districts among all districts; a unit among units of its kind and band of volume."""
    if place.dimension == "district":
        values = _comparable(exercise_rate(snapshot, window, ("district",)), snapshot.policy)
        return Peers(len(values), deciles_of(values))
    rates = unit_rates(snapshot, window)
    own = rates[rates["unit"].eq(place.code)].iloc[0]
    if pd.isna(own["volume_band"]):
        return Peers(0, deciles_of(pd.Series(dtype=float)), own["unit_kind"], "")
    like = rates["unit_kind"].eq(own["unit_kind"]) & rates["volume_band"].eq(own["volume_band"])
    values = _comparable(rates[like], snapshot.policy)
    return Peers(len(values), deciles_of(values), own["unit_kind"], own["volume_band"])


def _comparable(rates: pd.DataFrame, policy: Policy) -> pd.Series:
    """Rates of those that returned enough to be compared: a lower bound is no peer's rate."""
    enough = rates["completeness"].ge(policy.completeness_limit)
    return rates.loc[enough, "value"].dropna()


def _beside_city(
    family: str, city: pd.DataFrame, snapshot: Snapshot, place: Place, window: Window
) -> pd.DataFrame:
    """A family's records of the place, each with the city's beside it."""
    own = FAMILIES[family](snapshot, window, (place.dimension,), selection=place.selection)
    keys = [name for name in ("measure", "origin") if name in own]
    return own.merge(city[[*keys, *RESULTS]], on=keys, how="left", suffixes=("", "_city"))


def _asked_for(
    snapshot: Snapshot, place: Place, window: Window, policy: Policy | None
) -> pd.DataFrame:
    """The place's records of topics above the policy's limit of whose powers no case was seen."""
    found = demand(
        snapshot,
        window,
        (place.dimension, "topic"),
        selection=place.selection,
        policy=policy,
        measures=("complaints", "needed_but_unused"),
    )
    counts = found[found["measure"].eq("complaints")].set_index("topic")["numerator"]
    topics = found[found["measure"].eq(NEEDED) & found["state"].isin([NEEDED, NO_CASE_SEEN])]
    return topics.assign(complaints=topics["topic"].map(counts))


def _silent(
    snapshot: Snapshot, place: Place, year: Window, topics: pd.DataFrame
) -> tuple[str, ...]:
    """Powers of these topics that the place held all year and no case was seen of."""
    mapped = snapshot.catalogue.topics.set_index("code")["powers"] if len(topics) else {}
    asked = {code for topic in topics["topic"] for code in str(mapped[topic]).split(";") if code}
    if not asked:
        return ()
    states = dormant(snapshot, year, (place.dimension,), selection=place.selection)
    return tuple(
        row.power for row in states.itertuples() if row.state != "used" and row.power in asked
    )


def _members(snapshot: Snapshot, place: Place) -> np.ndarray:
    """bool[units]: the place's own row and, of a district, its units'."""
    units = snapshot.catalogue.units
    return units["district_code" if place.dimension == "district" else "code"].eq(place.code)


def _covered(snapshot: Snapshot, place: Place, window: Window) -> pd.DataFrame:
    """Kind of return → RESULTS: unit-months covered ÷ due; no row where none is due."""
    own = _members(snapshot, place)
    rows = {}
    for kind in KINDS:
        due = months_due(snapshot, window, kind)[:, own]
        missing = missing_months(snapshot, window, kind)[:, own]
        if count := int(due.sum()):
            share = 1 - int(missing.sum()) / count
            rows[kind] = (count - int(missing.sum()), count, share, share)
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*RESULTS], dtype=float)


def _gaps(snapshot: Snapshot, place: Place, window: Window) -> pd.DataFrame:
    codes, own = snapshot.catalogue.units["code"], _members(snapshot, place)
    rows = [
        (kind, codes.iloc[unit], int(missing[unit]))
        for kind in KINDS
        for missing in [missing_months(snapshot, window, kind).sum(axis=0)]
        for unit in np.flatnonzero(own & (missing > 0))
    ]
    return pd.DataFrame(rows, columns=["returns", "unit", "months"])
