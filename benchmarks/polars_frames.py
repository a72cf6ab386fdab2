"""The questions asked of raw cases in Polars: frames of small integers in the order of days, read
lazily, so that its optimiser sees the whole question."""

from pathlib import Path

import pandas as pd
import polars as pl

from benchmarks.rows import YEAR, span
from benchmarks.statements import COERCION, PENALTY, UNDECIDED_CODES
from registry.measures.distribution import DECILES
from registry.measures.exercise import DORMANT, USED

TABLES = ("unit", "power", "holding", "month", "calendar", "stretch", "band", "log")
PAIR = ["unit", "power"]
GROUP = ["district", "department"]
BAND = ["unit_kind", "volume_band"]

_year = span(YEAR)
IN_YEAR = pl.col("day").is_between(_year.begins, _year.ends, closed="left")
HELD = (pl.col("begins") < _year.ends) & (pl.col("ends") > _year.begins)
DECIDED = (pl.col("action") == COERCION) | (
    (pl.col("action") == PENALTY) & ~pl.col("outcome").is_in(UNDECIDED_CODES)
)
NUMERATOR = pl.col("numerator").fill_null(0)


class Polars:
    def __init__(self, folder: Path) -> None:
        frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}
        frames["log"] = frames["log"].set_sorted("day")
        self.tables = {name: frame.lazy() for name, frame in frames.items()}

    def ask(self, question: str) -> pd.DataFrame:
        # As a dict: its own way to pandas wants a package more.
        return pd.DataFrame(QUESTIONS[question](self).collect().to_dict(as_series=False))

    def rates(self) -> pl.LazyFrame:
        held = self._labelled(self.tables["holding"].filter(HELD))
        used = held.join(self._decided(PAIR), on=PAIR)
        return _fractions(_distinct(used, GROUP), _distinct(held, GROUP), GROUP)

    def months(self) -> pl.LazyFrame:
        keys = ["unit", "month"]
        overlap = self.tables["holding"].join_where(
            self.tables["month"].rename({"begins": "from", "ends": "until"}),
            pl.col("begins") < pl.col("until"),
            pl.col("ends") > pl.col("from"),
        )
        used = overlap.join(self._decided([*PAIR, "month"]), on=[*PAIR, "month"])
        found = _fractions(_distinct(used, keys), _distinct(overlap, keys), keys)
        return found.join(self.tables["unit"], on="unit").with_columns(unit="unit_code")

    def dormant(self) -> pl.LazyFrame:
        keys = ["district", "power"]
        counts = self.tables["log"].filter(IN_YEAR).group_by(PAIR).agg(cases=pl.len())
        cases = (
            counts.join(self.tables["unit"], on="unit")
            .group_by(keys)
            .agg(numerator=pl.col("cases").sum())
        )
        found = self._held_throughout(keys).join(cases, on=keys, how="left")
        state = pl.when(pl.col("numerator") > 0).then(pl.lit(USED)).otherwise(pl.lit(DORMANT))
        named = found.join(self.tables["power"], on="power")
        return named.with_columns(NUMERATOR, state=state, power="power_code")

    def deciles(self) -> pl.LazyFrame:
        held = self.tables["holding"].filter(HELD)
        used = held.join(self._decided(PAIR), on=PAIR)
        log = self.tables["log"].filter(IN_YEAR & (pl.col("nth") == 1))
        rates = (
            _fractions(_distinct(used, ["unit"]), _distinct(held, ["unit"]), ["unit"])
            .join(self.tables["unit"], on="unit")
            .join(log.group_by("unit").agg(cases=pl.len()), on="unit", how="left")
            .with_columns(pl.col("cases").fill_null(0).cast(pl.Int64))
            .sort("cases")
            .join_asof(
                self.tables["band"].with_columns(pl.col("lower").cast(pl.Int64)).sort("lower"),
                left_on="cases",
                right_on="lower",
            )
            .with_columns(value=pl.col("numerator") / pl.col("denominator"))
        )
        place = {d: (pl.len() * d + 99) // 100 - 1 for d in DECILES}
        marks = {f"p{d}": pl.col("value").sort().get(at) for d, at in place.items()}
        return rates.group_by(BAND).agg(units=pl.len(), **marks)

    def _decided(self, columns: list[str]) -> pl.LazyFrame:
        """What was decided in the year, each once."""
        decided = self.tables["log"].filter(IN_YEAR & DECIDED)
        if "month" in columns:
            # Each pair and day once before the month is looked up: fewer rows to name.
            days = decided.select([*PAIR, "day"]).unique()
            decided = days.join(self.tables["calendar"], on="day")
        return decided.select(columns).unique()

    def _labelled(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        return pairs.join(self.tables["unit"], on="unit").join(self.tables["power"], on="power")

    def _held_throughout(self, keys: list[str]) -> pl.LazyFrame:
        """Keys of what was held in every stretch of the year."""
        holding = self.tables["holding"].join(self.tables["unit"], on="unit")
        overlap = holding.join_where(
            self.tables["stretch"],
            pl.col("begins") <= pl.col("day"),
            pl.col("ends") > pl.col("day"),
        )
        stretches = overlap.group_by(keys).agg(found=pl.col("day").n_unique())
        wanted = self.tables["stretch"].select(wanted=pl.len())
        return stretches.join(wanted, how="cross").filter(pl.col("found") == pl.col("wanted"))


QUESTIONS = {
    "rates": Polars.rates,
    "months": Polars.months,
    "dormant": Polars.dormant,
    "deciles": Polars.deciles,
}


def _distinct(pairs: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
    return pairs.group_by(keys).agg(powers=pl.col("power").n_unique())


def _fractions(numerator: pl.LazyFrame, denominator: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
    used = numerator.rename({"powers": "numerator"})
    found = denominator.rename({"powers": "denominator"}).join(used, on=keys, how="left")
    return found.with_columns(NUMERATOR)
