"""The office's policy, read from data/policy.toml: limits, each dated where it is law."""

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from registry.adjustment.rules import AdjustmentPolicy, Limits
from registry.errors import RegistryError
from registry.language import N_
from registry.settings import DATA


class SummaryLimit(BaseModel):
    """Highest fine of a summary procedure, yuan, from a day on (Administrative Penalty Law)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    individual: float = Field(ge=0)
    organisation: float = Field(ge=0)


class DecisionLimit(BaseModel):
    """Calendar days from filing to decision in the ordinary procedure, from a day on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    days: int = Field(gt=0)


class GamingPolicy(BaseModel):
    """From where on a pattern of figures is worth a question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: float = Field(gt=0, lt=1)
    dispersion: float = Field(gt=0, lt=1)
    months: int = Field(ge=3)
    fine_share: float = Field(gt=0, le=1)
    fines: int = Field(ge=1)
    spike_ratio: float = Field(gt=1)
    once_share: float = Field(gt=0, le=1)
    powers: int = Field(ge=1)


class ChancePolicy(BaseModel):
    """What is tested of silence and difference, and how often chance may fool us."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: float = Field(gt=0, lt=1)
    expected_cases: float = Field(gt=0)


class DecisionPolicy(BaseModel):
    """How long a decision leaves for the hand-over, and when its effect is looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hand_over_days: int = Field(ge=0)
    follow_up_months: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    follow_up_days: int = Field(ge=0)


class Policy(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    completeness_limit: float = Field(ge=0, le=1)
    review_days: int = Field(gt=0)
    review_hours: float = Field(gt=0)
    demand_limit: float = Field(gt=0)
    summary_limit: tuple[SummaryLimit, ...]
    decision_limit: tuple[DecisionLimit, ...]
    decision: DecisionPolicy
    gaming: GamingPolicy
    chance: ChancePolicy
    adjustment: AdjustmentPolicy

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


@lru_cache
def read_policy(path: Path = DATA / "policy.toml") -> Policy:
    """The policy; raises RegistryError that names the key where it does not fit."""
    try:
        return Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(
            N_("{file} 不是有效的 TOML:{error}"), file=path.name, error=error
        ) from None
    except ValidationError as error:
        raise _unfit(error, path.name) from None


def _unfit(error: ValidationError, file: str) -> RegistryError:
    first = error.errors()[0]
    return RegistryError(
        N_("{file} 的 {key}:{found} 不合要求({rule})"),
        file=file,
        key=".".join(str(part) for part in first["loc"]),
        found=repr(first["input"]),
        rule=first["msg"],
    )
