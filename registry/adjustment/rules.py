"""The rule path as the office writes it: facts, limits, conditions, rules, how hard to shake them.

In: the table [adjustment] of data/policy.toml. Out: values, checked when they are read. Nothing
is computed here.
"""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from registry.adjustment.kinds import KINDS

Recommendation = Literal["keep", "train", "return", "differentiate", "delegate_more", "tidy_up"]
RECOMMENDATIONS = tuple(KINDS)

HIGH, MIDDLE, LOW, UNKNOWN = "high", "middle", "low", "not_enough_data"
BANDS = (UNKNOWN, LOW, MIDDLE, HIGH)
CRITERIA = ("closeness", "frequency", "suitability", "capacity")
"""The report's four: close to daily life, high frequency, suitable difficulty, can be borne."""

FIGURES = (
    *("cases_a_year", "coverage", "balance"),
    *("complaints_per_unit", "unmet"),
    *("surprising_silence", "heterogeneity"),
    *("returned", "withdrawal_rate", "over_90_days"),
    *("front_line", "cases_per_front_line_officer", "cases_per_reviewer"),
    "held_share",
)
"""What evidence carries with numerator, denominator and completeness."""

NUMBERS = (*FIGURES, "heterogeneity_adjusted")
WORDS: dict[str, tuple[str, ...]] = {
    "dormancy": ("used", "dormant", "no_case_seen"),
    "statute": ("changed", "unchanged"),
    "kind": ("penalty", "coercion"),
    "held": ("everywhere", "in_part"),
    **dict.fromkeys(CRITERIA, BANDS),
}
"""Facts that are one of a few words."""

PAIRS = ("demand", "frequency", "front_line")
"""Limits of which the higher marks the high band."""

LOADS = ("returned", "withdrawal", "over_90", "officer", "reviewer")
"""Limits of burdens: `light` up to here, `heavy` from here on."""

MANY_MONTHS, MANY_DRAWS = 120, 10_000
"""More is a slip of the pen: ten years; what memory holds for all pairs."""

Number = Annotated[float, Strict()]
Whole = Annotated[int, Strict()]
"""Strict: `true` is no 1, and "5" in quotes is no 5."""

Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(gt=0, le=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Part(BaseModel):
    """A table of the policy file: unknown keys and numbers without end are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False
    )


class Limits(Part):
    """Every threshold that the bands and the rules look at; what-if and stability move these."""

    demand_low: Positive
    demand_high: Positive
    frequency_low: Positive
    frequency_high: Positive
    front_line_low: Share
    front_line_high: Share
    returned_light: Share
    returned_heavy: Share
    withdrawal_light: Share
    withdrawal_heavy: Share
    over_90_light: Share
    over_90_heavy: Share
    officer_light: Positive
    officer_heavy: Positive
    reviewer_light: Positive
    reviewer_heavy: Positive
    few_cases: Positive
    unmet_share: Share
    silent_share: Share
    narrow_coverage: Share
    wide_coverage: Share
    uneven: Positive
    uneven_level: Share

    @field_validator(*(f"{name}_high" for name in PAIRS), *(f"{name}_heavy" for name in LOADS))
    @classmethod
    def _above_its_pair(cls, value: float, info: ValidationInfo) -> float:
        name, _, end = str(info.field_name).rpartition("_")
        lower = f"{name}_{'low' if end == 'high' else 'light'}"
        if lower in info.data and value <= info.data[lower]:
            raise ValueError(f"not above {lower}")
        return value


SHARES = tuple(
    name
    for name, field in Limits.model_fields.items()
    if any(getattr(bound, "le", None) == 1 for bound in field.metadata)
)
"""Limits that are shares: at most 1."""


class Condition(Part):
    """One fact held against words (`is`) or against a limit, given by its name."""

    fact: str
    words: tuple[str, ...] = Field(default=(), alias="is")
    at_least: str = ""
    below: str = ""

    @property
    def limit(self) -> str:
        return self.at_least or self.below

    @model_validator(mode="after")
    def _fits(self) -> "Condition":
        tests = sum(map(bool, (self.words, self.at_least, self.below)))
        if tests != 1:
            raise ValueError("one of is, at_least, below")
        if self.words and not set(self.words) <= set(WORDS.get(self.fact, ())):
            raise ValueError(f"{self.fact} is one of {WORDS.get(self.fact, 'no words')}")
        if self.limit and self.fact not in NUMBERS:
            raise ValueError(f"{self.fact} is no number; there are {', '.join(NUMBERS)}")
        if self.limit and self.limit not in Limits.model_fields:
            raise ValueError(f"there is no limit {self.limit}")
        return self


class Rule(Part):
    """All conditions together lead to the recommendation, where no earlier rule did."""

    name: Name
    recommendation: Recommendation
    when: tuple[Condition, ...] = Field(min_length=1)


class Stability(Part):
    """How often and how far every limit is moved at random, and what counts as certain."""

    draws: Whole = Field(ge=1, le=MANY_DRAWS)
    spread: Number = Field(gt=0, lt=1)
    seed: Whole = Field(ge=0)
    certain: Share


class AdjustmentPolicy(Part):
    months: Whole = Field(ge=12, le=MANY_MONTHS)
    limits: Limits
    stability: Stability
    rule: tuple[Rule, ...] = Field(min_length=1)

    @field_validator("rule")
    @classmethod
    def _named_apart(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        names = [rule.name for rule in rules]
        if len(set(names)) < len(names):
            raise ValueError("two rules have one name")
        return rules
