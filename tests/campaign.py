"""The campaign against the register, written down: `make campaign`.

    python tests/campaign.py LINES.jsonl LOAD.json > docs/reliability.md

LINES.jsonl: what tests/reliability.py kept, one series or finding a line. LOAD.json: the report of
benchmarks.load.
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
TITLES = {"fault": "故障", "attack": "攻击", "file": "坏文件"}
LOAD = """
## 负荷

{cases:,} 件案件的台账，一个服务进程；每人一个页面，平均每 5 秒点一下：换页、改期间和区、\
看一项职权、试限额、后退。时间从点下到页面的最后一条消息到达。

| 同时多少人 | 情形 | 多长 | 点了几次 | 出错 | 中位 | 95 % 在此以内 | 最长 | 服务进程内存最多 | \
后半程每分钟增减 |
|---|---|---|---|---|---|---|---|---|---|"""
MEMORY = {"peak_mb": ",.0f", "mb_a_minute": "+.1f"}
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


def load_row(found: dict[str, Any], how: str) -> str:
    times = (f"{found[name] * 1000:,.0f} 毫秒" for name in ("p50", "p95", "longest"))
    memory = (f"{found['server'][name]:{form}} MB" for name, form in MEMORY.items())
    lasted = f"{found['seconds'] / 60:.1f} 分钟"
    counts = (f"{found['reruns']:,}", found["errors"])
    return _row(found["people"], how, lasted, *counts, *times, *memory)


def load_section(report: dict[str, Any]) -> Iterator[str]:
    yield LOAD.format(cases=report["cases"])
    yield load_row(report["alone"], "只有浏览")
    beside = report["beside"]
    rows, took = f"{beside['rows']:,}", f"{beside['import']['seconds']:.0f}"
    words = f"另一进程导入 {rows} 行（{took} 秒）期间"
    yield load_row(beside | {"seconds": beside["import"]["seconds"]} | beside["during"], words)
    yield load_row(beside, "导入期间和以后，合计")
    for step in report["steps"]:
        yield load_row(step, "只有浏览，逐步加人")
    last = report["steps"][-1]
    ending = "不再够快（95 % 超过 1 秒，或出错）" if last["broken"] else "还够快"
    yield f"\n到 {last['people']} 人时{ending}。"


def main() -> None:
    lines, load = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
    found = [*document(list(map(json.loads, lines.splitlines()))), *load_section(json.loads(load))]
    print(*found, sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
