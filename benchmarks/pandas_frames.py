"""The questions asked of raw cases in pandas: frames of small integers in the order of days, so
that the year is a slice; labels are categories."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.rows import YEAR, span
from benchmarks.statements import COERCION, PENALTY, UNDECIDED_CODES
from registry.measures.distribution import DECILES
from registry.measures.exercise import DORMANT, USED

LABELS = ("unit", "power", "holding", "month", "calendar", "stretch", "band")
PAIR = ["unit", "power"]
GROUP = ["district", "department"]
BAND = ["unit_kind", "volume_band"]


class Pandas:
    def __init__(self, folder: Path) -> None:
        self.tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in LABELS}
        unit, power = (_as_categories(self.tables[name]) for name in PAIR)
        self.units, self.powers = unit.set_index("unit"), power.set_index("power")
        self.held = self.tables["holding"].merge(unit, on="unit").merge(power, on="power")
        self.month = self.tables["calendar"]["month"].astype("category").array
        self.log = pd.read_parquet(folder / "log.parquet")

    def ask(self, question: str) -> pd.DataFrame:
        return QUESTIONS[question](self)

    def rates(self) -> pd.DataFrame:
        held = self._held(*_days())
        used = held.merge(self._decided(PAIR), on=PAIR)
        return _fractions(_distinct(used, GROUP), _distinct(held, GROUP)).reset_index()

    def months(self) -> pd.DataFrame:
        decided = self._decided([*PAIR, "month"])
        parts = []
        for month, begins, ends in self.tables["month"].itertuples(index=False):
            held = self._held(begins, ends)
            used = held.merge(decided[decided["month"].eq(month)], on=PAIR)
            part = _fractions(_distinct(used, ["unit"]), _distinct(held, ["unit"]))
            parts.append(part.reset_index().assign(month=month))
        found = pd.concat(parts)
        return found.assign(unit=found["unit"].map(self.units["unit_code"]))

    def dormant(self) -> pd.DataFrame:
        keys = ["district", "power"]
        counts = self._year().groupby(PAIR).size().rename("numerator").reset_index()
        counts["district"] = counts["unit"].map(self.units["district"])
        cases = counts.groupby(keys, observed=True)["numerator"].sum()
        found = self._held_throughout(keys).join(cases).fillna({"numerator": 0}).reset_index()
        found["state"] = np.where(found["numerator"] > 0, USED, DORMANT)
        return found.assign(power=found["power"].map(self.powers["power_code"]))

    def deciles(self) -> pd.DataFrame:
        held, year = self._held(*_days()), self._year()
        used = _distinct(held.merge(self._decided(PAIR), on=PAIR), ["unit"])
        rates = _fractions(used, _distinct(held, ["unit"])).join(self.units)
        cases = year["unit"][year["nth"] == 1].value_counts().reindex(rates.index, fill_value=0)
        bands = self.tables["band"]
        band = np.searchsorted(bands["lower"], cases, side="right") - 1
        rates["volume_band"] = bands["volume_band"].to_numpy()[band]
        rates["value"] = rates["numerator"] / rates["denominator"]
        grouped = rates.groupby(BAND, observed=True)["value"]
        marks = grouped.apply(
            lambda own: pd.Series(
                np.percentile(own, DECILES, method="inverted_cdf"), [f"p{d}" for d in DECILES]
            )
        )
        return marks.unstack().join(grouped.size().rename("units")).reset_index()

    def _year(self) -> pd.DataFrame:
        return self.log.iloc[slice(*self.log["day"].searchsorted(np.array(_days())))]

    def _decided(self, columns: list[str]) -> pd.DataFrame:
        """What was decided in the year, each once."""
        year = self._year()
        penalty = (year["action"] == PENALTY) & ~year["outcome"].isin(UNDECIDED_CODES)
        decided = year[penalty | (year["action"] == COERCION)]
        if "month" in columns:
            month = self.month.take(decided["day"].to_numpy() - _days()[0])
            decided = decided[PAIR].assign(month=month)
        return decided[columns].drop_duplicates()

    def _held(self, begins: int, ends: int) -> pd.DataFrame:
        return self.held[(self.held["begins"] < ends) & (self.held["ends"] > begins)]

    def _held_throughout(self, keys: list[str]) -> pd.DataFrame:
        """Indexed by keys: held in every stretch of the year."""
        days = self.tables["stretch"]["day"]
        held = pd.concat(self._held(day, day + 1)[keys].drop_duplicates() for day in days)
        stretches = held.groupby(keys, observed=True).size()
        return stretches[stretches.eq(len(days))].to_frame("stretches")


QUESTIONS = {
    "rates": Pandas.rates,
    "months": Pandas.months,
    "dormant": Pandas.dormant,
    "deciles": Pandas.deciles,
}


def _days() -> tuple[int, int]:
    year = span(YEAR)
    return year.begins, year.ends


def _as_categories(labels: pd.DataFrame) -> pd.DataFrame:
    return labels.astype(dict.fromkeys(labels.columns[1:], "category"))


def _distinct(pairs: pd.DataFrame, keys: list[str]) -> pd.Series:
    """How many powers there are in each group."""
    powers = pairs[[*dict.fromkeys([*keys, "power"])]].drop_duplicates()
    return powers.groupby(keys, observed=True).size()


def _fractions(numerator: pd.Series, denominator: pd.Series) -> pd.DataFrame:
    found = denominator.to_frame("denominator")
    return found.assign(numerator=numerator.reindex(found.index, fill_value=0))
