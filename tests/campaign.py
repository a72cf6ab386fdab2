"""The campaign against the register, written down: `make campaign`.

    python tests/campaign.py LINES.jsonl > docs/reliability.md

LINES.jsonl: what tests/reliability.py kept, one series or finding a line.
"""

import json
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from registry.window import today_in_beijing

HEAD = """# 可靠性 · Reliability

`make campaign` 写成本文件：{day}，{cores} 核，Python {python}。"""
KILLS = """
## 写到一半被杀

每次在写入的随机时刻用 `kill -9` 杀掉写入的进程，然后照常启动（`registry init`）、运行 \
`registry check`（汇总、账册、版本、行数全部重算比对），再做同样的写入，与没有被打断的结果相比。

| 数据库 | 写入 | 次数 | 写完前被杀 | 只见写前或写后 | 启动后核对一致 | 重做后结果相同 |
|---|---|---|---|---|---|---|"""
FOUND = """
## {title}

| 做了什么 | 次数 | 结果 | 丢失或没有挡住 |
|---|---|---|---|"""
TITLES = {"fault": "故障", "attack": "攻击", "file": "坏文件", "load": "负荷"}
WORDS = {"import": "导入 3001 行", "decision": "决定", "migration": "升级数据库"}


def kill_row(line: dict[str, Any]) -> str:
    counts = (line[name] for name in ("tried", "killed", "seen", "whole", "repeated"))
    return _row(line["database"], WORDS[line["write"]], *counts)


def found_row(line: dict[str, Any]) -> str:
    return _row(line["what"], line["tried"], line["happened"], line["lost"])


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def document(lines: list[dict[str, Any]]) -> Iterator[str]:
    """Lines of Markdown, a table for each part that was tried."""
    facts = {
        "day": today_in_beijing(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    yield HEAD.format(**facts)
    yield KILLS
    yield from sorted(kill_row(line) for line in lines if line["part"] == "kill")
    for part, title in TITLES.items():
        found = sorted(found_row(line) for line in lines if line["part"] == part)
        yield from (FOUND.format(title=title), *found) if found else ()


def main() -> None:
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    print(*document(list(map(json.loads, text.splitlines()))), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
