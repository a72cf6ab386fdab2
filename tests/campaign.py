"""The campaign against the register, written down: `make campaign`.

    python tests/campaign.py LINES.jsonl > docs/reliability.md

LINES.jsonl: what tests/test_faults.py reports, one series a line.
"""

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from registry.window import today_in_beijing

HEAD = """# 可靠性 · Reliability

`make campaign` 写成本文件:{day},{cores} 核,Python {python}。

每次在写入的随机时刻用 `kill -9` 杀掉写入的进程,然后照常启动(`registry init`)、运行 \
`registry check`(汇总、账册、版本、行数全部重算比对),再做同样的写入,与没有被打断的结果相比。

| 数据库 | 写入 | 次数 | 写完前被杀 | 只见写前或写后 | 启动后核对一致 | 重做后结果相同 |
|---|---|---|---|---|---|---|"""
WORDS = {"import": "导入 3001 行", "decision": "决定", "migration": "升级数据库"}


def row(line: dict[str, Any]) -> str:
    counts = (line[name] for name in ("tried", "killed", "seen", "whole", "repeated"))
    return f"| {' | '.join(map(str, (line['database'], WORDS[line['write']], *counts)))} |"


def main() -> None:
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    facts = {
        "day": today_in_beijing(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    print(HEAD.format(**facts), *map(row, map(json.loads, lines)), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
