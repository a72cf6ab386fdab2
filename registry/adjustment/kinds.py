"""What may be recommended, said and decided of a power, and the words for it (DOMAIN §3)."""

from registry.errors import UsageError
from registry.language import N_

KINDS = {
    "keep": N_("保留"),
    "train": N_("加强培训指导"),
    "return": N_("收回"),
    "differentiate": N_("差异化"),
    "delegate_more": N_("增放"),
    "tidy_up": N_("依据清理"),
}
REVOKE = "revoke"
DECISIONS = KINDS | {REVOKE: N_("撤销决定")}
"""What a decision may be: one of the above, or the taking back of an earlier decision."""

VIEWS = {"keep": N_("保留"), "return": N_("收回")}

SEPARATOR = ";"
"""Between the codes of one column, as in topics."""


def check_kind(option: str, code: str, known: dict[str, str]) -> None:
    """Raises UsageError for a code that is none of these."""
    if code not in known:
        raise UsageError(
            N_("{option} {code}：没有这一种；可用 {known}"),
            option=option,
            code=code,
            known=", ".join(known),
        )
