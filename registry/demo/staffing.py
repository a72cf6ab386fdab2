"""Who stood at the front line: every unit's staff month by month, as it was.

In: the units and the cases of the demo. Out: `demo_staffing`, one row per unit and month.
The city reaches `BASE_SHARE` at the front line in `BASE_MONTH`, the figure of the report of
2020, and goes on rising; the officers of `demo_staff` are those at the front line in between.
"""

import numpy as np
import pandas as pd

from registry.demo.choice import AGRICULTURE, ECOLOGY, URBAN_MANAGEMENT
from registry.demo.truth import OVERLOADED
from registry.demo.world import MONTHS, Rng, demo_staff, month_number, unit_months

STEPS = ("established", "in_post", "certified", "seconded", "front_line", "handled_case")
SENDERS = ("water_affairs", "health", ECOLOGY, AGRICULTURE)
"""Source departments beside urban management whose officers may have come along."""
ORIGINS = (URBAN_MANAGEMENT, *SENDERS)
COLUMNS = ["district", "unit", "month", *STEPS, "auxiliary", "reviewers", *ORIGINS]

BASE_MONTH, BASE_SHARE = "2020-10", 0.85
LAST_SHARE, PACE = 0.94, 15.0  # what the share tends to, and in how many months it nears it
DISTRICTS_APART = 0.065  # the furthest districts lie this far above and below the city's share
UNITS_APART = 0.03
FRONT_OF_ESTABLISHED = 0.9  # how many of a unit's posts its officers fill, over the three years
# Shares of the posts that are not at the front line: vacant, without certificate, seconded,
# and the rest, who sit in the office.
BEHIND = (4.0, 2.5, 1.5, 2.0)
OVER_STRENGTH = 4  # units with one person more than posts
AUXILIARY = (0.4, 1.6)  # per post
TWO_A_CASE = 2  # officers: the law wants two

# Before 2021 only these two had people from other departments than urban management.
FIRST_RECEIVERS = {"110105": "2020-07", "110115": "2020-09"}
LATER_RECEIVERS = {"110108": "2021-03", "110106": "2021-07", "110118": "2022-01"}
RECEIVING_UNITS = 0.35
FEWEST_TO_RECEIVE = 8  # posts

REVIEWS_PER_REVIEWER = (3.0, 22.0)  # over the three years, where nobody is overloaded
MOST_REVIEWERS = 4
REVIEWERS_ADDED = ("2022-01", 0.1)


def demo_staffing(units: pd.DataFrame, cases: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Columns `COLUMNS`, sorted by unit and month; months such as 202007, all else counts.

    Each step counts some of the one before, `seconded` some of the certified; ORIGINS add up to
    the officers in post.
    """
    rng = np.random.default_rng([seed, 11])
    staff = demo_staff(units, seed)
    staff = _with_habits(staff, cases, rng)
    rows = unit_months(staff).rename(columns={"district_code": "district"})
    rows["front_line"] = _front_line(rows)
    rows = _with_steps(rows, _cases_of(rows, cases))
    rows = _with_origins(rows)
    rows["reviewers"] += rows["number"].ge(month_number(REVIEWERS_ADDED[0])) & rows["added"]
    return rows[COLUMNS].sort_values(["unit", "month"], ignore_index=True)


def front_line_share() -> np.ndarray:
    """The city's share by month."""
    since = np.arange(len(MONTHS)) - month_number(BASE_MONTH)
    return LAST_SHARE - (LAST_SHARE - BASE_SHARE) * np.exp(-since / PACE)


def _with_habits(staff: pd.DataFrame, cases: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """What stays the same about a unit for three years."""
    count = len(staff)
    districts = staff["district_code"].unique()
    places = np.linspace(-DISTRICTS_APART, DISTRICTS_APART, len(districts))
    apart = staff["district_code"].map(dict(zip(districts, rng.permutation(places), strict=True)))
    established = np.round(staff["officers"] / FRONT_OF_ESTABLISHED).astype(int)
    over = rng.choice(np.flatnonzero(established >= np.median(established)), OVER_STRENGTH, False)
    behind = rng.dirichlet(BEHIND, count).cumsum(axis=1)
    habits = {
        "established": established,
        "apart": apart + rng.uniform(-UNITS_APART, UNITS_APART, count),
        "over": np.isin(np.arange(count), over).astype(int),
        "vacant_to": behind[:, 0],
        "uncertified_to": behind[:, 1],
        "seconded_to": behind[:, 2],
        "auxiliary": np.round(established * rng.uniform(*AUXILIARY, count)).astype(int),
        "reviewers": _reviewers(staff, cases, rng),
        "added": (rng.random(count) < REVIEWERS_ADDED[1]) & ~staff["unit"].isin(OVERLOADED),
    }
    return staff.assign(**habits, **_senders(staff, established, rng))


def _reviewers(staff: pd.DataFrame, cases: pd.DataFrame, rng: Rng) -> np.ndarray:
    """As many as the office's reviews need, give or take; one where it is overloaded."""
    asked = cases.dropna(subset="review_requested_on")["unit"].value_counts()
    reviews = staff["unit"].map(asked).fillna(0).to_numpy()
    needed = np.ceil(reviews / rng.uniform(*REVIEWS_PER_REVIEWER, len(staff)))
    enough = np.clip(needed, 1, MOST_REVIEWERS - 1).astype(int)
    return np.where(staff["unit"].isin(OVERLOADED), 1, enough)


def _senders(staff: pd.DataFrame, established: pd.Series, rng: Rng) -> dict[str, np.ndarray]:
    """`since`: the number of the month from which people of other departments are there, and how
    many a department; agriculture sends nobody before 2021."""
    receivers = FIRST_RECEIVERS | LATER_RECEIVERS
    since = staff["district_code"].map({d: month_number(m) for d, m in receivers.items()})
    chosen = (rng.random(len(staff)) < RECEIVING_UNITS) & (established >= FEWEST_TO_RECEIVE)
    sent = {name: rng.integers(0, 2, len(staff)) * chosen for name in SENDERS}
    first = staff["district_code"].isin(list(FIRST_RECEIVERS))
    sent[AGRICULTURE] = np.where(first, 0, sent[AGRICULTURE])
    return {"since": since.fillna(len(MONTHS)).to_numpy(), **sent}


def _front_line(rows: pd.DataFrame) -> pd.Series:
    """Whole officers a unit that add up to the city's share of each month."""
    share = front_line_share()[rows["number"]]
    # Who is ahead and who is behind draw together as the city nears the end of its way.
    apart = rows["apart"] * (1 - share) / (1 - BASE_SHARE)
    wanted = rows["established"] * (share + apart)
    total = rows["established"].groupby(rows["month"]).transform("sum") * share
    wanted *= np.round(total) / wanted.groupby(rows["month"]).transform("sum")
    whole = np.floor(wanted)
    by_month = (wanted - whole).groupby(rows["month"])
    left = np.round(by_month.transform("sum"))
    return (whole + (by_month.rank(ascending=False, method="first") <= left)).astype(int)


def _with_steps(rows: pd.DataFrame, cases: pd.Series) -> pd.DataFrame:
    """The steps between posts and the front line, and who handled a case."""
    behind = rows["established"] - rows["front_line"]
    vacant, uncertified, seconded = (
        np.round(behind * rows[name]).astype(int)
        for name in ("vacant_to", "uncertified_to", "seconded_to")
    )
    front = rows["front_line"]
    busy = np.round(front * (1 - np.exp(-TWO_A_CASE * cases / front.clip(1)))).astype(int)
    return rows.assign(
        in_post=rows["established"] - vacant + rows["over"] * (vacant + 1),
        certified=rows["established"] - uncertified,
        seconded=seconded - uncertified,
        handled_case=np.minimum(np.minimum(busy, front), TWO_A_CASE * cases),
    )


def _cases_of(rows: pd.DataFrame, cases: pd.DataFrame) -> pd.Series:
    """How many cases the row's unit decided in its month, of any action."""
    month = cases["decided_on"].dt.year * 100 + cases["decided_on"].dt.month
    counts = cases.groupby(["unit", month]).size()
    keys = pd.MultiIndex.from_frame(rows[["unit", "month"]])
    return pd.Series(counts.reindex(keys, fill_value=0).to_numpy(), index=rows.index)


def _with_origins(rows: pd.DataFrame) -> pd.DataFrame:
    here = rows["number"] >= rows["since"]
    sent = {name: rows[name] * here for name in SENDERS}
    return rows.assign(**sent, **{URBAN_MANAGEMENT: rows["in_post"] - sum(sent.values())})
