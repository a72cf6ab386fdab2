"""The office's policy, read from data/policy.toml: limits, each dated where it is law."""

import tomllib
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, Strict, ValidationError

from registry.adjustment.rules import (
    MANY_MONTHS,
    AdjustmentPolicy,
    Limits,
    Number,
    Part,
    Positive,
    Share,
    Whole,
)
from registry.errors import RegistryError
from registry.language import N_
from registry.settings import DATA

Day = Annotated[date, Strict()]
"""Strict: a number is no day."""

POLICY_FILE = DATA / "policy.toml"
YEAR = 366
"""Days that a hand-over or a follow-up may take at most; more is a slip of the pen."""


class SummaryLimit(Part):
    """Highest fine of a summary procedure, yuan, from a day on (Administrative Penalty Law)."""

    valid_from: Day
    individual: Number = Field(ge=0)
    organisation: Number = Field(ge=0)


class DecisionLimit(Part):
    """Calendar days from filing to decision in the ordinary procedure, from a day on."""

    valid_from: Day
    days: Whole = Field(gt=0)


class GamingPolicy(Part):
    """From where on a pattern of figures is worth a question."""

    level: Number = Field(gt=0, lt=1)
    dispersion: Number = Field(gt=0, lt=1)
    months: Whole = Field(ge=3)
    fine_share: Share
    fines: Whole = Field(ge=1)
    spike_ratio: Number = Field(gt=1)
    once_share: Share
    powers: Whole = Field(ge=1)


class ChancePolicy(Part):
    """What is tested of silence and difference, and how often chance may fool us."""

    level: Number = Field(gt=0, lt=1)
    expected_cases: Positive


class DecisionPolicy(Part):
    """How long a decision leaves for the hand-over, and when its effect is looked at."""

    hand_over_days: Whole = Field(ge=0, le=YEAR)
    follow_up_months: tuple[Annotated[Whole, Field(ge=1, le=MANY_MONTHS)], ...] = Field(
        min_length=1
    )
    follow_up_days: Whole = Field(ge=0, le=YEAR)


Dated = TypeVar("Dated", SummaryLimit, DecisionLimit)


def _of_days_apart(limits: tuple[Dated, ...]) -> tuple[Dated, ...]:
    """At least one row, and on no day two that begin."""
    if len({limit.valid_from for limit in limits}) < max(len(limits), 1):
        raise ValueError("one row a day, and at least one")
    return limits


class Policy(Part):
    version: str = Field(min_length=1)
    login_hours: Positive
    completeness_limit: Number = Field(ge=0, le=1)
    review_days: Whole = Field(gt=0)
    review_hours: Positive
    demand_limit: Positive
    summary_limit: Annotated[tuple[SummaryLimit, ...], AfterValidator(_of_days_apart)]
    decision_limit: Annotated[tuple[DecisionLimit, ...], AfterValidator(_of_days_apart)]
    decision: DecisionPolicy
    gaming: GamingPolicy
    chance: ChancePolicy
    adjustment: AdjustmentPolicy

    @cached_property
    def text(self) -> str:
        """All it says, as text: what was computed under another is another figure."""
        return self.model_dump_json()

    def law(self) -> str:
        """The limits that are law, as text: roll-ups count against them."""
        return self.model_dump_json(include={"summary_limit", "decision_limit"})

    def with_limits(self, **limits: float) -> "Policy":
        """The policy with other limits of the rule path, for a what-if; nothing is saved.

        Raises RegistryError that names the key where they do not fit together.
        """
        try:
            moved = Limits.model_validate(self.adjustment.limits.model_dump() | limits)
        except ValidationError as error:
            raise _unfit(error, "policy") from None
        return self.model_copy(
            update={"adjustment": self.adjustment.model_copy(update={"limits": moved})}
        )


def policy_text(path: Path | None = None) -> str:
    """What the policy file says now."""
    return (path or POLICY_FILE).read_text(encoding="utf-8")


def read_policy(path: Path | None = None) -> Policy:
    """The policy; raises RegistryError that names the key where it does not fit."""
    return parse_policy(policy_text(path), (path or POLICY_FILE).name)


@lru_cache(maxsize=8)
def parse_policy(text: str, name: str) -> Policy:
    """The policy that a text says; `name` stands for it in errors."""
    try:
        return Policy.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(N_("{file} 不是有效的 TOML：{error}"), file=name, error=error) from None
    except ValidationError as error:
        raise _unfit(error, name) from None


def _unfit(error: ValidationError, file: str) -> RegistryError:
    first = error.errors()[0]
    return RegistryError(
        N_("{file} 的 {key}：{found} 不合要求（{rule}）"),
        file=file,
        key=".".join(str(part) for part in first["loc"]),
        found=repr(first["input"]),
        rule=first["msg"],
    )
