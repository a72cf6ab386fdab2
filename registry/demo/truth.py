"""What happened: every case of the demo as it should stand in the register after the import.

In: powers and units. Out: `demo_truth`, one row per case.
"""

import numpy as np
import pandas as pd

from registry.demo.choice import choose_powers
from registry.demo.world import FIRST_DAY, LAST_DAY, MONTHS, Rng, demo_staff, draw_cases

COLUMNS = [
    "district",
    "unit",
    "action",
    "case_no",
    "powers",
    "filed_on",
    "decided_on",
    "closed_on",
    "procedure",
    "party_type",
    "outcome",
    "fine_cny",
    "review_required",
    "review_requested_on",
    "review_completed_on",
    "review_outcome",
]
OUTCOMES = {"not_punished": 0.02, "withdrawn": 0.015, "transferred": 0.005}
UNDONE = ("withdrawn", "transferred")
# Share of summary procedure among a unit's decided penalties, by unit kind.
SUMMARY_SHARE = {
    "subdistrict": (0.75, 0.93),
    "area": (0.5, 0.7),
    "town": (0.318, 0.392),
    "township": (0.318, 0.392),
}
NEW_LAW = np.datetime64("2021-07-15", "s")
# Fines of the summary procedure, before and after the new law (DOMAIN §1).
SUMMARY_FINES = {
    ("individual", False): (20, 50, 50),
    ("individual", True): (20, 50, 100, 200),
    ("organisation", False): (300, 500, 1000, 1000),
    ("organisation", True): (500, 1000, 1000, 2000, 3000),
}
ORDINARY_FINES = {"individual": (300, 0.7), "organisation": (3500, 0.9)}
HIGHEST_FINE = 100_000
OVER_LIMIT = 0.004
WARNING_ONLY = 0.12
REVIEW_SHARE = 0.3
# Judicial offices with one reviewer where others have two or three: what comes in waits.
OVERLOADED = ("110112106", "110115106")
PARTY_WORDS = {
    "个人|携犬人|村民|公共场所随地": "individual",
    "单位|责任人|建设|施工": "organisation",
}
MARKS = {"penalty": "罚", "inspection": "检", "coercion": "强"}
DAY = np.timedelta64(1, "D").astype("timedelta64[s]")
NO_DAY = np.datetime64("NaT", "s")


def demo_truth(powers: pd.DataFrame, units: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Columns `COLUMNS`, sorted by unit and day; powers is a tuple of codes, unknown is missing."""
    staff = demo_staff(units, seed)
    cases = choose_powers(draw_cases(staff, seed), powers, seed)
    cases = cases.sort_values(["unit", "decided_on", "action"], kind="stable", ignore_index=True)
    cases["case_no"] = _case_numbers(cases, staff)
    rng = np.random.default_rng([seed, 4])
    cases["party_type"] = _parties(cases, powers, rng)
    penalties = cases[cases["action"] == "penalty"]
    return _overload(cases.join(_penalty_facts(penalties, powers, staff, rng)))[COLUMNS]


def name_stem(name: str) -> str:
    """建外街道 → 建外: what stands in a document number."""
    for ending in ("街道", "地区", "镇", "乡"):
        name = name.removesuffix(ending)
    return name


def _case_numbers(cases: pd.DataFrame, staff: pd.DataFrame) -> list[str]:
    """京朝(建外)罚字〔2020〕0012号, counted within unit, action and year."""
    year = cases["decided_on"].dt.year
    count = cases.groupby(["unit", "action", year]).cumcount() + 1
    office = {
        unit: f"京{district[0]}（{name_stem(name)}）"
        for unit, name, district in zip(
            staff["unit"], staff["name"], staff["district_name"], strict=True
        )
    }
    columns = [
        c.tolist() for c in (cases["unit"].map(office), cases["action"].map(MARKS), year, count)
    ]
    return [f"{o}{mark}字〔{y}〕{n:04d}号" for o, mark, y, n in zip(*columns, strict=True)]


def _parties(cases: pd.DataFrame, powers: pd.DataFrame, rng: Rng) -> pd.Series:
    """Told by the power's name where it says so; one in a hundred is unknown."""
    told = pd.Series([""] * len(powers), index=powers["code"])
    for words, who in PARTY_WORDS.items():
        told = told.mask(powers["name"].str.contains(words).to_numpy() & told.eq(""), who)
    drawn = pd.Series(rng.choice(["individual", "organisation"], len(cases)), index=cases.index)
    party = cases["powers"].str[0].map(told).fillna("")
    return party.mask(party.eq(""), drawn).mask(rng.random(len(cases)) < 0.01)


def _penalty_facts(
    cases: pd.DataFrame, powers: pd.DataFrame, staff: pd.DataFrame, rng: Rng
) -> pd.DataFrame:
    """The columns that only penalties have, on the index of `cases`."""
    outcome = _outcomes(cases, rng)
    summary = _is_summary(cases, outcome, staff, rng)
    dates = _dates(cases, summary, staff, rng)
    fine = _fines(cases, powers, outcome, summary, rng)
    facts = {
        "outcome": outcome,
        "procedure": np.where(summary, "summary", "ordinary"),
        "fine_cny": fine,
        **dates,
        **_reviews(cases, summary, dates["filed_on"], rng),
    }
    return pd.DataFrame(facts, index=cases.index)


def _outcomes(cases: pd.DataFrame, rng: Rng) -> np.ndarray:
    names = ["punished", *OUTCOMES]
    shares = [1 - sum(OUTCOMES.values()), *OUTCOMES.values()]
    drawn = rng.choice(names, len(cases), p=shares).astype(object)
    return np.where(cases["forced"], "punished", drawn)


def _is_summary(
    cases: pd.DataFrame, outcome: np.ndarray, staff: pd.DataFrame, rng: Rng
) -> np.ndarray:
    """Each unit's share exactly, so that a small unit does not leave its band by chance."""
    low, high = (staff["unit_kind"].map(lambda kind, i=i: SUMMARY_SHARE[kind][i]) for i in (0, 1))
    share = cases["unit"].map(pd.Series(rng.uniform(low, high), index=staff["unit"]))
    decided = ~np.isin(outcome, UNDONE)
    key = pd.Series(rng.random(len(cases)), index=cases.index).where(decided)
    by_unit = key.groupby(cases["unit"])
    place = (by_unit.rank() - 0.5) / by_unit.transform("count")
    return (place <= share).to_numpy()


def _dates(
    cases: pd.DataFrame, summary: np.ndarray, staff: pd.DataFrame, rng: Rng
) -> dict[str, np.ndarray]:
    """filed ≤ decided ≤ closed; not filed before the unit had its powers, not closed after now."""
    count = len(cases)
    decided = cases["decided_on"].to_numpy("datetime64[s]")
    lag = np.clip(rng.gamma(2.2, 11, count), 1, 60).astype(int)
    lag = np.where(rng.random(count) < 0.02, rng.integers(91, 150, count), lag)
    starts = (MONTHS.start_time.to_numpy("datetime64[s]"))[staff["begins"]]
    start = cases["unit"].map(pd.Series(starts, index=staff["unit"])).to_numpy("datetime64[s]")
    start = np.maximum(start, FIRST_DAY.to_datetime64().astype("datetime64[s]"))
    filed = np.where(summary, decided, np.maximum(decided - lag * DAY, start))
    wait = np.where(summary, rng.integers(0, 4, count), rng.integers(3, 31, count))
    closed = decided + wait * DAY
    closed = np.where(closed > LAST_DAY.to_datetime64(), NO_DAY, closed)
    return {"filed_on": filed, "closed_on": closed}


def _fines(
    cases: pd.DataFrame,
    powers: pd.DataFrame,
    outcome: np.ndarray,
    summary: np.ndarray,
    rng: Rng,
) -> np.ndarray:
    """In yuan; 0 for a warning, missing where nobody was punished."""
    highest = pd.to_numeric(powers.set_index("code")["max_fine_cny"]).fillna(HIGHEST_FINE)
    limit = cases["powers"].str[0].map(highest).to_numpy()
    party = cases["party_type"].fillna("organisation").to_numpy()
    fine = np.where(summary, _summary_fines(cases, party, rng), _ordinary_fines(party, rng))
    odd = rng.random(len(cases)) < OVER_LIMIT
    fine = np.where(odd, fine * 2, np.minimum(fine, limit))
    fine = np.where(summary & (rng.random(len(cases)) < WARNING_ONLY), 0, fine)
    return np.where(outcome == "punished", fine, np.nan)


def _summary_fines(cases: pd.DataFrame, party: np.ndarray, rng: Rng) -> np.ndarray:
    after = cases["decided_on"].to_numpy() >= NEW_LAW
    fine = np.zeros(len(cases))
    for (who, new), ladder in SUMMARY_FINES.items():
        rows = (party == who) & (after == new)
        fine[rows] = rng.choice(ladder, rows.sum())
    return fine


def _ordinary_fines(party: np.ndarray, rng: Rng) -> np.ndarray:
    centre, spread = (
        np.array([ORDINARY_FINES[who][i] for who in party], dtype=float) for i in (0, 1)
    )
    drawn = np.exp(rng.normal(np.log(centre), spread))
    step = np.where(drawn < 1000, 50, 500)
    return np.maximum(np.round(drawn / step) * step, 50)


def _reviews(
    cases: pd.DataFrame, summary: np.ndarray, filed: np.ndarray, rng: Rng
) -> dict[str, np.ndarray | pd.Series]:
    """Legal review of some ordinary cases: a few were decided without it or are still open."""
    count = len(cases)
    decided = cases["decided_on"].to_numpy("datetime64[s]")
    wanted = ~summary & (rng.random(count) < REVIEW_SHARE)
    took = rng.integers(1, 10, count)
    asked = np.maximum(decided - (took + rng.integers(0, 6, count)) * DAY, filed)
    requested = np.where(wanted & (rng.random(count) > 0.02), asked, NO_DAY)
    done = ~np.isnat(requested) & (rng.random(count) > 0.015)
    in_time = np.minimum(requested + took * DAY, np.maximum(decided, requested + DAY))
    completed = np.where(done, in_time, NO_DAY)
    completed = np.where(completed > LAST_DAY.to_datetime64(), NO_DAY, completed)
    word = np.where(rng.random(count) < 0.1, "returned", "approved")
    return {
        "review_required": np.where(wanted, "yes", "no"),
        "review_requested_on": requested,
        "review_completed_on": completed,
        "review_outcome": pd.Series(word, index=cases.index).mask(np.isnat(completed)),
    }


def _overload(cases: pd.DataFrame) -> pd.DataFrame:
    """The overloaded offices got their requests on the day of filing and answered no sooner.

    Only the requests move, so that what was reviewed before which decision stays as it was.
    """
    waited = cases["unit"].isin(OVERLOADED) & cases["review_requested_on"].notna()
    asked = cases["review_requested_on"].mask(waited, cases["filed_on"])
    return cases.assign(review_requested_on=asked)
