"""The measures a second time: slow, in plain Python, from DOMAIN.md alone.

In: a `World`, which is units, powers, rows of holding and logs in the order of their import, each
log with the dicts that were its rows and with what was declared about it. Out: what each log did
to the register and every measure as a dict from the labels of a group to its figures. Nothing of
the program is imported here, so that the two can only agree by saying the same.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

Row = dict[str, str]
Months = tuple[int, ...]
Label = tuple[str, ...]

WORDS = {
    "action": {"行政处罚": "penalty", "行政检查": "inspection", "行政强制": "coercion"},
    "outcome": {"予以处罚": "punished", "撤案": "withdrawn", "移送": "transferred"},
}
NEVER_CITY_WIDE = ("district", "other")
NOT_DECIDED = ("withdrawn", "transferred")


@dataclass(frozen=True)
class Log:
    """One file: its rows as written, what was declared, the holdings known when it came in.

    `units` empty means all units of the districts.
    """

    rows: tuple[Row, ...]
    districts: tuple[str, ...]
    months: Months
    units: tuple[str, ...]
    holdings: tuple[dict[str, Any], ...]


@dataclass
class World:
    """units: code, unit_kind, district_code, valid_from, valid_to. powers: code, kind,
    source_department, domain. holdings: power, scope, scope_code, valid_from, valid_to, held.
    months: those that windows are taken from."""

    units: list[dict[str, Any]]
    powers: list[dict[str, Any]]
    holdings: list[dict[str, Any]]
    months: Months
    logs: list[Log] = field(default_factory=list)

    @cached_property
    def reported(self) -> "Reported":
        return read_logs(self)

    @cached_property
    def held_days(self) -> dict[tuple[str, str], set[date]]:
        """The days on which each unit held each power."""
        days = days_of(self.months)
        return {
            (unit["code"], power["code"]): {
                day for day in days if holds(unit, power["code"], day, self.holdings)
            }
            for unit in self.units
            for power in self.powers
        }

    @cached_property
    def held_months(self) -> dict[tuple[str, str], set[int]]:
        """The months on any day of which each unit held each power."""
        return {pair: {month_of(day) for day in days} for pair, days in self.held_days.items()}

    def unit(self, code: str) -> dict[str, Any]:
        return next(unit for unit in self.units if unit["code"] == code)


# Days and months


def months_between(first: int, last: int) -> Months:
    numbers = (year * 100 + month for year in range(2000, 2100) for month in range(1, 13))
    return tuple(number for number in numbers if first <= number <= last)


def days_of(months: Months) -> list[date]:
    day, days = date(months[0] // 100, months[0] % 100, 1), []
    while month_of(day) <= months[-1]:
        days.append(day)
        day += timedelta(days=1)
    return days


def month_of(day: date) -> int:
    return day.year * 100 + day.month


def runs_on(row: dict[str, Any], day: date) -> bool:
    """`[valid_from, valid_to)` contains the day."""
    begun = row["valid_from"] is None or row["valid_from"] <= day
    return begun and (row["valid_to"] is None or day < row["valid_to"])


# Holdings


def holds(unit: dict[str, Any], power: str, day: date, holdings: Iterable[dict[str, Any]]) -> bool:
    """The narrowest scope that says anything on this day decides."""
    if not runs_on(unit, day):
        return False
    said = {
        row["scope"]: row["held"]
        for row in holdings
        if row["power"] == power and runs_on(row, day) and means(row, unit)
    }
    return next((said[scope] for scope in ("unit", "district", "city") if scope in said), False)


def means(row: dict[str, Any], unit: dict[str, Any]) -> bool:
    """Whether a row of holding speaks of this unit."""
    if row["scope"] == "unit":
        return row["scope_code"] == unit["code"]
    if unit["unit_kind"] in NEVER_CITY_WIDE:
        return False
    return row["scope"] == "city" or row["scope_code"] == unit["district_code"]


# Logs


@dataclass
class Reported:
    """`cases` as they stand by identity (unit, action, number); `covered` (unit, month) pairs.

    `counts` has for each log its rows by what became of them, or None where the file was refused,
    or {} where the very same file with the same declaration had come in before. `quarantined` are
    (unit, month) pairs of rows in quarantine, of units in the districts that their file declared.
    """

    cases: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    covered: set[tuple[str, int]] = field(default_factory=set)
    counts: list[dict[str, int] | None] = field(default_factory=list)
    quarantined: set[tuple[str, int]] = field(default_factory=set)


def read_logs(world: World) -> Reported:
    reported = Reported()
    imported: list[tuple[Any, ...]] = []
    for log in world.logs:
        what = (log.rows, log.districts, log.months, log.units)
        if what in imported:
            reported.counts.append({})
            continue
        counts = read_log(world, log, reported)
        reported.counts.append(counts)
        if counts is not None:
            imported.append(what)
    return reported


def read_log(world: World, log: Log, reported: Reported) -> dict[str, int] | None:
    """Change what is reported by one log; None and no change where no row can be accepted."""
    tidied = [tidy(row) for row in log.rows]
    distinct = [row for place, row in enumerate(tidied) if row not in tidied[:place]]
    by_case: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in distinct:
        by_case[identity(row)].append(row)
    good = {key: rows for key, rows in by_case.items() if sound(world, log, key, rows, reported)}
    if log.rows and not good:
        return None
    counts = dict.fromkeys(("accepted", "corrected", "unchanged", "quarantined"), 0)
    for key, rows in by_case.items():
        if key not in good:
            counts["quarantined"] += len(rows)
            if world.unit(key[0])["district_code"] in log.districts:
                reported.quarantined |= {(key[0], month_of(d)) for d in map(case_day, rows) if d}
            continue
        known = reported.cases.get(key)
        said = content(rows, known)
        fate = "accepted" if known is None else "unchanged" if known == said else "corrected"
        counts[fate] += len(rows)
        reported.cases[key] = said
    cover(world, log, reported)
    return {"read": len(log.rows), "skipped": len(log.rows) - len(distinct)} | counts


def tidy(row: Row) -> Row:
    """The row with codes for words and its powers in order."""
    codes = {name: WORDS[name].get(row[name], row[name]) for name in WORDS if name in row}
    return row | codes | {"power": ";".join(sorted(powers_in(row)))}


def identity(row: Row) -> tuple[str, str, str]:
    return row["unit"], row["action"], row["case_no"]


def day_in(row: Row, name: str) -> date | None:
    return date.fromisoformat(row[name]) if row[name] else None


def case_day(row: Row) -> date | None:
    """Decision, else closing, else filing."""
    days = (day_in(row, name) for name in ("decided_on", "closed_on", "filed_on"))
    return next((day for day in days if day), None)


def powers_in(row: Row) -> list[str]:
    return [code for code in row["power"].split(";") if code]


def sound(
    world: World, log: Log, key: tuple[str, str, str], rows: list[Row], reported: Reported
) -> bool:
    """Whether no row of the case has a problem and all agree on everything but the power."""
    facts = [{name: text for name, text in row.items() if name != "power"} for row in rows]
    agree = all(other == facts[0] for other in facts)
    return agree and all(acceptable(world, log, key, row, reported) for row in rows)


def acceptable(
    world: World, log: Log, key: tuple[str, str, str], row: Row, reported: Reported
) -> bool:
    unit, day = world.unit(row["unit"]), case_day(row)
    if day is None or month_of(day) not in log.months:
        return False
    if unit["district_code"] not in log.districts:
        return False
    if key[1] != "inspection" and not powers_in(row):
        return False
    filed, decided = day_in(row, "filed_on"), day_in(row, "decided_on")
    if filed and decided and decided < filed:
        return False
    known = reported.cases.get(key)
    if known and known["day"].year != day.year and not re.search(r"20\d\d", row["case_no"]):
        return False
    return all(holds(unit, power, day, log.holdings) for power in powers_in(row))


def content(rows: list[Row], known: dict[str, Any] | None) -> dict[str, Any]:
    """What the rows say of the case; a column that the file lacks keeps what was known."""
    row = rows[0]
    said = {
        "unit": row["unit"],
        "action": row["action"],
        "day": case_day(row),
        "powers": frozenset(power for row in rows for power in powers_in(row)),
        "filed_on": row["filed_on"],
        "decided_on": row["decided_on"],
        "closed_on": row["closed_on"],
    }
    before = known or {"outcome": None, "fine_cny": None}
    outcome = row["outcome"] or None if "outcome" in row else before["outcome"]
    fine = row["fine_cny"] or None if "fine_cny" in row else before["fine_cny"]
    return said | {"outcome": outcome, "fine_cny": fine}


def cover(world: World, log: Log, reported: Reported) -> None:
    for unit in world.units:
        declared = unit["code"] in log.units or not log.units
        if declared and unit["district_code"] in log.districts:
            reported.covered |= {(unit["code"], month) for month in log.months}


# Groups


@dataclass(frozen=True)
class Filters:
    """Codes by which units and powers are chosen; empty chooses all."""

    district: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()


@dataclass
class Group:
    units: list[str] = field(default_factory=list)
    powers: list[str] = field(default_factory=list)
    months: list[int] = field(default_factory=list)


UNIT_LABELS: dict[str, Callable[[dict[str, Any]], str]] = {
    "city": lambda unit: "city",
    "district": lambda unit: unit["district_code"],
    "unit": lambda unit: unit["code"],
    "unit_kind": lambda unit: unit["unit_kind"],
}
POWER_LABELS: dict[str, Callable[[dict[str, Any]], str]] = {
    "department": lambda power: power["source_department"],
    "domain": lambda power: power["domain"],
    "kind": lambda power: power["kind"],
    "power": lambda power: power["code"],
}
MONTH_LABELS: dict[str, Callable[[int], str]] = {
    "month": lambda month: f"{month // 100}-{month % 100:02d}",
    "quarter": lambda month: f"{month // 100}-Q{(month % 100 - 1) // 3 + 1}",
    "year": lambda month: f"{month // 100}",
}


def groups(
    world: World, months: Months, by: tuple[str, ...], filters: Filters
) -> dict[Label, Group]:
    """Every group that the chosen units, powers and months fall into."""
    found: dict[Label, Group] = {}
    for unit, power, month in (
        (unit, power, month)
        for unit in world.units
        if chosen(filters.district, unit["district_code"]) and chosen(filters.unit, unit["code"])
        for power in world.powers
        if chosen(filters.department, power["source_department"])
        and chosen(filters.domain, power["domain"])
        and chosen(filters.kind, power["kind"])
        for month in months
    ):
        group = found.setdefault(label(by, unit, power, month), Group())
        for members, member in (
            (group.units, unit["code"]),
            (group.powers, power["code"]),
            (group.months, month),
        ):
            if member not in members:
                members.append(member)
    return found


def chosen(codes: tuple[str, ...], code: str) -> bool:
    return not codes or code in codes


def label(by: tuple[str, ...], unit: dict[str, Any], power: dict[str, Any], month: int) -> Label:
    def one(name: str) -> str:
        if name in UNIT_LABELS:
            return UNIT_LABELS[name](unit)
        return POWER_LABELS[name](power) if name in POWER_LABELS else MONTH_LABELS[name](month)

    return tuple(one(name) for name in by)


# Measures


@dataclass(frozen=True)
class Figures:
    """What every measure says of a group; `value` and `completeness` are None where missing."""

    numerator: Fraction | int
    denominator: int
    value: Fraction | None
    completeness: Fraction | None
    more: tuple[Any, ...] = ()


def share(numerator: Fraction | int, denominator: int) -> Fraction | None:
    return Fraction(numerator) / denominator if denominator else None


def held_in(world: World, unit: str, power: str, months: Iterable[int]) -> bool:
    """On any day of the months."""
    return any(month in world.held_months[unit, power] for month in months)


def counted(world: World, unit: str, power: str, months: Iterable[int], basis: str) -> int:
    """Cases of the basis under the power; a case with several powers counts for each."""
    return sum(
        basis == "any" or decided(case)
        for case in world.reported.cases.values()
        if case["unit"] == unit and power in case["powers"] and month_of(case["day"]) in months
    )


def decided(case: dict[str, Any]) -> bool:
    if case["action"] == "penalty":
        return case["outcome"] not in NOT_DECIDED
    return case["action"] == "coercion"


def due(world: World, group: Group) -> list[tuple[str, int]]:
    """(unit, month) pairs in which the unit held one of the powers."""
    return [
        (unit, month)
        for unit in group.units
        for month in group.months
        if any(held_in(world, unit, power, [month]) for power in group.powers)
    ]


def completeness_of(world: World, group: Group) -> Fraction | None:
    pairs = due(world, group)
    return share(sum(pair in world.reported.covered for pair in pairs), len(pairs))


def exercise_rate(
    world: World,
    months: Months,
    by: tuple[str, ...],
    aggregate: str,
    basis: str,
    min_cases: int,
    filters: Filters,
) -> dict[Label, Figures]:
    figures = {}
    for name, group in groups(world, months, by, filters).items():
        numerator, denominator = AGGREGATES[aggregate](world, group, basis, min_cases)
        if denominator:
            completeness = completeness_of(world, group)
            value = share(numerator, denominator) if completeness else None
            figures[name] = Figures(numerator, denominator, value, completeness)
    return figures


def union(world: World, group: Group, basis: str, min_cases: int) -> tuple[int, int]:
    """Cases of all units that hold the power are added before they are compared."""
    exercised = held = 0
    for power in group.powers:
        holders = [unit for unit in group.units if held_in(world, unit, power, group.months)]
        cases = sum(counted(world, unit, power, group.months, basis) for unit in holders)
        held += bool(holders)
        exercised += bool(holders) and cases >= min_cases
    return exercised, held


def pooled(world: World, group: Group, basis: str, min_cases: int) -> tuple[int, int]:
    own = [unit_fraction(world, unit, group, basis, min_cases) for unit in group.units]
    return sum(exercised for exercised, _ in own), sum(held for _, held in own)


def mean(world: World, group: Group, basis: str, min_cases: int) -> tuple[Fraction, int]:
    own = [unit_fraction(world, unit, group, basis, min_cases) for unit in group.units]
    rates = [Fraction(exercised, held) for exercised, held in own if held]
    return sum(rates, Fraction(0)), len(rates)


AGGREGATES = {"union": union, "pooled": pooled, "mean": mean}


def unit_fraction(
    world: World, unit: str, group: Group, basis: str, min_cases: int
) -> tuple[int, int]:
    held = [power for power in group.powers if held_in(world, unit, power, group.months)]
    exercised = [
        power for power in held if counted(world, unit, power, group.months, basis) >= min_cases
    ]
    return len(exercised), len(held)


def coverage(
    world: World, months: Months, by: tuple[str, ...], basis: str, min_cases: int, filters: Filters
) -> dict[Label, Figures]:
    """Of each power: units that exercised it ÷ units that held it. `by` names the power."""
    figures = {}
    for name, group in groups(world, months, by, filters).items():
        (power,) = group.powers
        holders = [unit for unit in group.units if held_in(world, unit, power, group.months)]
        users = [
            unit
            for unit in holders
            if counted(world, unit, power, group.months, basis) >= min_cases
        ]
        if holders:
            completeness = completeness_of(world, group)
            value = share(len(users), len(holders)) if completeness else None
            figures[name] = Figures(len(users), len(holders), value, completeness)
    return figures


def completeness(
    world: World, months: Months, by: tuple[str, ...], filters: Filters
) -> dict[Label, Figures]:
    figures = {}
    for name, group in groups(world, months, by, filters).items():
        pairs = due(world, group)
        returned = [pair for pair in pairs if pair in world.reported.covered]
        flagged = [pair for pair in returned if pair in world.reported.quarantined]
        if pairs:
            value = share(len(returned), len(pairs))
            figures[name] = Figures(len(returned), len(pairs), value, value, (len(flagged),))
    return figures


def dormant(
    world: World, months: Months, by: tuple[str, ...], filters: Filters
) -> dict[Label, Figures]:
    """The state of each power that some unit of the group held on every day. `by` names it.

    `more` is the state, the unit-months of the holders and how many of them are missing.
    """
    figures = {}
    for name, group in groups(world, months, by, filters).items():
        (power,) = group.powers
        holders = [world.held_days[unit, power] for unit in group.units]
        days = days_of(tuple(group.months))
        if not all(any(day in held for held in holders) for day in days):
            continue
        cases = sum(counted(world, unit, power, group.months, "any") for unit in group.units)
        pairs = due(world, group)
        missing = sum(pair not in world.reported.covered for pair in pairs)
        state = "used" if cases else "no_case_seen" if missing else "dormant"
        complete = completeness_of(world, group)
        value = Fraction(cases) if complete else None
        figures[name] = Figures(cases, 1, value, complete, (state, len(pairs), missing))
    return figures


def by_power(by: tuple[str, ...]) -> tuple[str, ...]:
    return by if "power" in by else (*by, "power")
