"""What an attacker writes where a code, a number or a name is expected, and what must stay as it
was."""

from collections.abc import Iterator
from contextlib import contextmanager

from builders import W1, WEST

from registry import db
from registry.ledger import read_head

SQL = (
    "' OR '1'='1",
    "1; DROP TABLE cases; --",
    "x'; UPDATE act SET actor='x'; --",
    '") UNION SELECT sha256 FROM api_token --',
)
PATHS = ("../../../../etc/passwd", "..\\..\\registry.db", "%2e%2e%2fregistry.db", "/etc/passwd")
TEXTS = (
    *SQL,
    *PATHS,
    *("<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "=cmd|' /C calc'!A0"),
    *("{0.__class__}", "%s%n", "$(id)", "\u202e\u0000\U0001f600"),
    *("字" * 3334, "9" * 400, "-1", "0", "1e309", "NaN", "9223372036854775808", "٣"),
    *(WEST, W1, "2", "../", "", "None", "office"),
)


@contextmanager
def unchanged(world) -> Iterator[None]:
    """Nothing that is done within leaves a trace in the register."""
    before = _state(world)
    yield
    assert _state(world) == before


def _state(world) -> tuple[str, int]:
    with db.reading(world.engine) as connection:
        tables = connection.exec_driver_sql("select count(*) from sqlite_master").scalar_one()
        return str(read_head(connection)), tables
