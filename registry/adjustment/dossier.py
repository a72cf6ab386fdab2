"""A dossier: all that is known of one power on a day, as a dict that a decision can freeze.

In: a snapshot, a power (and a district), a day, the policy. Out: values that JSON knows, codes
where there are codes; no clock, no text that depends on a language.
"""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from registry.adjustment.assess import assess
from registry.adjustment.criteria import BEHIND
from registry.adjustment.evidence import PARTS, assessed_months
from registry.adjustment.policy import Policy
from registry.adjustment.recommend import passed_over, plain, recommend, saved_limits
from registry.adjustment.rules import CRITERIA, FIGURES
from registry.chase import month_ranges
from registry.errors import RegistryError
from registry.language import N_
from registry.measures.completeness import months_held, months_returned
from registry.measures.demand import COMPLAINTS
from registry.measures.grouping import Selection
from registry.measures.silence import chance
from registry.returns import USAGE_LOG
from registry.snapshot import Snapshot
from registry.window import Window

STATED = (
    *("kind", "law", "law_version", "statute", "held"),
    *("dormancy", "unit_months", "missing_unit_months"),
    *("heterogeneity_p_value", "heterogeneity_adjusted"),
)
JUDGED = ("recommendation", "rule", "withheld", "stability", "uncertain")


def dossier(
    snapshot: Snapshot,
    power: str,
    district: str | None,
    as_of: date,
    policy: Policy,
    assessed: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Everything that a decision about a power freezes; of the whole city without a district.

    assessed: what `assess` said of this day and policy by the same groups, where it is at hand.
    Raises RegistryError for a code that does not exist or a power that nobody held on the day.
    """
    by = ("power",) if district is None else ("power", "district")
    _check(snapshot, power, district)
    rows = assess(snapshot, as_of, policy, by) if assessed is None else assessed
    own = rows[rows["power"].eq(power)]
    own = own if district is None else own[own["district"].eq(district)]
    if not len(own):
        raise RegistryError(N_("{power}：{day} 没有街乡持有"), power=power, day=as_of)
    window = assessed_months(as_of, policy)
    members = _members(snapshot, district)
    return {
        **_basis(snapshot, power, district, as_of, window, policy),
        **_told(own, policy),
        "statute_changes": _changes(snapshot, power, as_of),
        "silent_units": _silent_units(snapshot, power, members, window, policy),
        "to_chase": _to_chase(snapshot, power, members, window),
    }


def _check(snapshot: Snapshot, power: str, district: str | None) -> None:
    districts = () if district is None else (district,)
    Selection(power=(power,), district=districts).check(snapshot.catalogue)


def _members(snapshot: Snapshot, district: str | None) -> np.ndarray:
    """bool[units]."""
    units = snapshot.catalogue.units
    if district is None:
        return np.ones(len(units), dtype=bool)
    return units["district_code"].eq(district).to_numpy()


def _basis(
    snapshot: Snapshot,
    power: str,
    district: str | None,
    as_of: date,
    window: Window,
    policy: Policy,
) -> dict[str, Any]:
    return {
        "power": power,
        "power_name": snapshot.catalogue.names("power")[power],
        "district": district,
        "as_of": as_of.isoformat(),
        "window": str(window),
        "policy_version": policy.version,
        "data_version": snapshot.revision,
        "limits": policy.adjustment.limits.model_dump(),
    }


def _told(own: pd.DataFrame, policy: Policy) -> dict[str, Any]:
    """What the row of the assessment says."""
    row = own.iloc[0]
    bands = {name: {"band": str(row[name]), "figures": list(BEHIND[name])} for name in CRITERIA}
    verdict = recommend(own, saved_limits(policy), policy)
    return {
        **{name: _plain(row[name]) for name in STATED},
        "evidence": dossier_figures(row),
        "criteria": bands,
        **{name: _plain(row[name]) for name in JUDGED},
        "on": row["path"]["on"],
        "passed_over": passed_over(own, verdict, policy),
    }


def dossier_figures(row: pd.Series) -> dict[str, dict[str, Any]]:
    """Each of FIGURES with its value, numerator, denominator and completeness."""
    return {name: _figure(row, name) for name in FIGURES}


def _figure(row: pd.Series, name: str) -> dict[str, Any]:
    return {"value": _plain(row[name])} | {part: _plain(row[f"{name}_{part}"]) for part in PARTS}


def _plain(value: Any) -> Any:
    return bool(value) if isinstance(value, np.bool_) else plain(value)


def _changes(snapshot: Snapshot, power: str, as_of: date) -> list[dict[str, Any]]:
    """Changes of its statute up to the day; one that is not `own` is a note on the law."""
    rows = snapshot.catalogue.changes_of(power)
    return [
        {
            "changed_on": row.changed_on.isoformat(),
            "change": row.change,
            "successor": row.successor,
            "note": row.note,
            "own": bool(row.own),
        }
        for row in rows.itertuples()
        if row.changed_on <= as_of
    ]


def _silent_units(
    snapshot: Snapshot, power: str, members: np.ndarray, window: Window, policy: Policy
) -> list[dict[str, Any]]:
    """Surprisingly silent units, with what was expected of each and how surprising it is."""
    pairs, column = chance(snapshot, window, policy), _column(snapshot, power)
    codes = snapshot.catalogue.units["code"]
    return [
        {
            "unit": str(codes.iloc[unit]),
            "expected": float(pairs.expected[unit, column]),
            "p_value": float(pairs.p_values[unit, column]),
            "adjusted": float(pairs.adjusted[unit, column]),
        }
        for unit in np.flatnonzero(pairs.silent[:, column] & members)
    ]


def _to_chase(
    snapshot: Snapshot, power: str, members: np.ndarray, window: Window
) -> list[dict[str, Any]]:
    """Months of logs, and of complaints where anybody ever returned any, that holders owe."""
    held = months_held(snapshot, window, np.array([_column(snapshot, power)])) & members
    codes, months = snapshot.catalogue.units["code"], np.array(window.months)
    found = []
    for kind in (USAGE_LOG, COMPLAINTS):
        if kind == COMPLAINTS and not months_returned(snapshot, window, kind).any():
            continue
        missing = held & ~months_returned(snapshot, window, kind)
        for unit in np.flatnonzero(missing.any(axis=0)):
            owed = month_ranges(months[missing[:, unit]].tolist())
            found.append({"unit": str(codes.iloc[unit]), "returns": kind, "months": owed})
    return found


def _column(snapshot: Snapshot, power: str) -> int:
    return int(pd.Index(snapshot.catalogue.powers["code"]).get_loc(power))
