"""What an import says about itself: counts that add up, problems and warnings by row."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Report:
    """All counts are of rows: read = accepted + corrected + unchanged + quarantined + skipped."""

    file: str
    batch: int | None
    read: int
    accepted: int
    corrected: int
    unchanged: int
    quarantined: int
    skipped: int
    nil_units: list[str] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    warning_notes: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    repeated: bool = False

    def __post_init__(self) -> None:
        parts = self.accepted + self.corrected + self.unchanged + self.quarantined + self.skipped
        if parts != self.read:
            raise AssertionError(f"{self.file}: {self.read} rows read, {parts} accounted for")

    @property
    def is_unsound(self) -> bool:
        """Whether rows were read and none of them could be accepted."""
        return self.quarantined > 0 and not self.accepted + self.corrected + self.unchanged

    @property
    def warnings(self) -> int:
        return len(self.warning_notes)

    def record(self) -> dict[str, Any]:
        """The record of `registry import`."""
        names = ("file", "batch", "read", "accepted", "corrected", "unchanged", "quarantined")
        counts = {name: getattr(self, name) for name in names}
        return counts | {
            "skipped": self.skipped,
            "warnings": self.warnings,
            "nil_units": self.nil_units,
            "problems": self.problems,
            "warning_rows": self.warning_notes,
            "ended": self.ended,
            "left_out": self.left_out,
            "repeated": self.repeated,
        }
