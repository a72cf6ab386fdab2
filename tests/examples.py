"""How many random examples a test draws: all in `make test-all`, a fifth in `make test`."""

import os


def examples(count: int) -> int:
    return count if os.environ.get("REQUIRE_ALL") else max(5, count // 5)
