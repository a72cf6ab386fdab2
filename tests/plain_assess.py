"""Bands and the rule path a second time, row by row in plain Python.

In: a row of evidence as a dict (missing is None), limits by name, rules as the policy file has
them. Nothing of the program is imported here.
"""

from typing import Any

Row = dict[str, Any]
Limits = dict[str, float]

BURDENS = {
    "suitability": (
        ("returned", "returned"),
        ("withdrawal_rate", "withdrawal"),
        ("over_90_days", "over_90"),
    ),
    "capacity": (("cases_per_front_line_officer", "officer"), ("cases_per_reviewer", "reviewer")),
}
ORDER = ("low", "middle", "high")


def known(row: Row, name: str, least: float) -> float | None:
    return row[name] if row[f"{name}_completeness"] >= least else None


def level(value: float | None, low: float, high: float) -> str | None:
    if value is None:
        return None
    return "high" if value >= high else "middle" if value >= low else "low"


def burden(value: float | None, light: float, heavy: float) -> str | None:
    if value is None:
        return None
    return "low" if value >= heavy else "high" if value <= light else "middle"


def worst(found: list[str | None]) -> str:
    told = [band for band in found if band]
    return min(told, key=ORDER.index) if told else "not_enough_data"


def bands(row: Row, limits: Limits, least: float) -> dict[str, str]:
    def weighed(criterion: str) -> list[str | None]:
        return [
            burden(known(row, name, least), limits[f"{key}_light"], limits[f"{key}_heavy"])
            for name, key in BURDENS[criterion]
            if criterion == "capacity" or (row[f"{name}_denominator"] or 0) >= limits["few_cases"]
        ]

    def by(name: str, key: str) -> str | None:
        return level(known(row, name, least), limits[f"{key}_low"], limits[f"{key}_high"])

    return {
        "closeness": by("complaints_per_unit", "demand") or "not_enough_data",
        "frequency": by("cases_a_year", "frequency") or "not_enough_data",
        "suitability": worst(weighed("suitability")),
        "capacity": worst([by("front_line", "front_line"), *weighed("capacity")]),
    }


def holds(condition: dict[str, Any], row: Row, found: dict[str, str], limits: Limits) -> bool:
    value = found.get(condition["fact"], row.get(condition["fact"]))
    if "is" in condition:
        return value in condition["is"]
    if value is None:
        return False
    if "at_least" in condition:
        return value >= limits[condition["at_least"]]
    return value < limits[condition["below"]]


def recommended(
    row: Row, limits: Limits, rules: list[dict[str, Any]], least: float, complaints_owed: bool
) -> tuple[str, str, str]:
    """(recommendation, rule or '', what is withheld or '')."""
    found = bands(row, limits, least)
    for rule in rules:
        if all(holds(condition, row, found, limits) for condition in rule["when"]):
            unheard = complaints_owed and row["complaints_per_unit_completeness"] < 1
            if rule["recommendation"] == "return" and (row["missing_unit_months"] or unheard):
                return "keep", rule["name"], "return"
            return rule["recommendation"], rule["name"], ""
    return "keep", "", ""
