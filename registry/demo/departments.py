"""How the departments that handed powers over went on helping: calls answered, officers trained.

In: the units of the demo. Out: `demo_whistles`, a row per unit, month and department called;
`demo_training`, a row per district, month and source department that did something.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from registry.demo.choice import AGRICULTURE, ECOLOGY, URBAN_MANAGEMENT
from registry.demo.world import Rng, demo_staff, unit_months

WHISTLES = ["district", "unit", "month", "department", "called", "on_time", "solved"]
TRAINING = [
    *("district", "month", "department"),
    *("sessions", "officers_trained", "joint_operations"),
]
POLICE, MARKET = "公安", "市场监管"
"""Departments that are called and handed nothing over; by their name, as offices write it."""


@dataclass(frozen=True)
class Answer:
    """A department's habits: calls a month from a unit of mean size, the shares of them answered
    on time and solved, and training sessions and joint operations a month in a district."""

    calls: float
    on_time: float
    solved: float
    sessions: float = 0.0
    joint: float = 0.0


ANSWERS = {
    URBAN_MANAGEMENT: Answer(0.6, 0.95, 0.90, 1.2, 1.5),
    "water_affairs": Answer(0.20, 0.60, 0.55, 0.12, 0.10),
    "health": Answer(0.16, 0.75, 0.70, 0.30, 0.15),
    ECOLOGY: Answer(0.22, 0.40, 0.35, 0.05, 0.08),
    AGRICULTURE: Answer(0.05, 0.30, 0.25, 0.02, 0.0),
    POLICE: Answer(0.30, 0.88, 0.80),
    MARKET: Answer(0.22, 0.80, 0.72),
}
UNITS_APART = 0.4  # spread of the logarithm
DISTRICTS_APART = 0.03  # of a share
TRAINED = (8, 40)  # officers a session
FIRST_SESSIONS = 2.5  # times as many in the first half-year
FIRST_MONTHS = 6


def demo_whistles(units: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Columns `WHISTLES`; at least one call a row, of which some were answered and solved."""
    rng = np.random.default_rng([seed, 13])
    staff = demo_staff(units, seed)
    size = staff["officers"] / staff["officers"].mean()
    size = size * np.exp(rng.normal(0, UNITS_APART, len(staff)))
    rows = unit_months(staff.assign(size=size)).rename(columns={"district_code": "district"})
    parts = [_calls(rows, department, rng) for department in ANSWERS]
    called = pd.concat(parts, ignore_index=True)
    return called.sort_values(["unit", "month"], kind="stable", ignore_index=True)[WHISTLES]


def _calls(rows: pd.DataFrame, department: str, rng: Rng) -> pd.DataFrame:
    answer = ANSWERS[department]
    called = rng.poisson(answer.calls * rows["size"])
    districts = rows["district"].unique()
    apart = rng.uniform(-DISTRICTS_APART, DISTRICTS_APART, len(districts))
    more = rows["district"].map(dict(zip(districts, apart, strict=True)))
    counts = {
        "department": department,
        "called": called,
        "on_time": rng.binomial(called, answer.on_time + more),
        "solved": rng.binomial(called, answer.solved + more),
    }
    return rows.assign(**counts)[called > 0]


def demo_training(units: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Columns `TRAINING`; months in which a department did nothing for a district have no row."""
    rng = np.random.default_rng([seed, 14])
    districts = unit_months(demo_staff(units, seed))
    districts = districts.rename(columns={"district_code": "district"})
    rows = districts[["district", "month", "number"]].drop_duplicates(ignore_index=True)
    parts = [_help(rows, name, rng) for name, answer in ANSWERS.items() if answer.sessions]
    done = pd.concat(parts, ignore_index=True)
    return done.sort_values(["district", "month"], kind="stable", ignore_index=True)[TRAINING]


def _help(rows: pd.DataFrame, department: str, rng: Rng) -> pd.DataFrame:
    answer = ANSWERS[department]
    more = np.where(rows["number"] < FIRST_MONTHS, FIRST_SESSIONS, 1.0)
    sessions = rng.poisson(answer.sessions * more)
    joint = rng.poisson(answer.joint, len(rows))
    trained = sessions * rng.integers(*TRAINED, len(rows))
    counts = {
        "department": department,
        "sessions": sessions,
        "officers_trained": trained,
        "joint_operations": joint,
    }
    return rows.assign(**counts)[(sessions > 0) | (joint > 0)]
