"""The ledger: one entry per act, each with the hash of the one before it; nothing is rewritten.

In: acts and their digests. Out: the chain, its head, what does not agree with it. An entry holds
numbers, login subjects and digests, never a name or a text that someone wrote.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.db import SLICE, table
from registry.digest import NOTHING, act_digests, canonical, digest_of
from registry.errors import UsageError
from registry.language import N_, Text

LEDGER, ACTS = table(models.LedgerEntry), table(models.Act)
START = "0" * 64
"""The previous hash of the first entry."""

Stage = Callable[[str], None]

ALTERED = N_("账目内容与自身的哈希不符")
UNLINKED = N_("与上一条账目的哈希不衔接：中间有账目被改动、插入或删除")
NO_ENTRY = N_("台账中有这一行为的记录，账册中没有它的账目")
NO_ACT = N_("账册中有账目，台账中没有这一行为")
OTHER_ACT = N_("行为的时间、主体或动作与账目不符")
OTHER_ROWS = N_("这一行为记录或终止的行与账目的摘要不符")
OTHER_ROLLUP = N_("汇总 {name} 有 {count} 行与案件算出的不符：有人改过汇总或案件；请从备份恢复")
NO_HEAD = N_("没有这一条账目：它之后的账目可能已被删去")
OTHER_HEAD = N_("账目的哈希与另存的账册头不符：账册可能已被重写")


@dataclass(frozen=True)
class Head:
    """The newest entry: its number and hash; 0 and START of an empty ledger."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """'12:ab…' → head; raises UsageError for anything else."""
        number, colon, digest = text.strip().partition(":")
        if not colon or not number.isdecimal() or len(digest) != len(START):
            raise UsageError(N_("--head {text}：请照账册头原样写成 编号：哈希（64 位）"), text=text)
        return cls(int(number), digest.lower())


@dataclass(frozen=True)
class Finding:
    """What does not agree, and at which entry."""

    number: int
    action: str
    text: Text


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 over the entry's other fields as canonical JSON, the previous hash among them."""
    return digest_of({name: value for name, value in entry.items() if name != "hash"})


def read_head(connection: Connection, known: int | None = None) -> Head:
    """The newest entry; with `known`, the newest up to that act."""
    query = sa.select(LEDGER.c.number, LEDGER.c.hash).order_by(LEDGER.c.number.desc()).limit(1)
    row = connection.execute(query if known is None else query.where(LEDGER.c.number <= known))
    found = row.first()
    return Head(*found) if found else Head(0, START)


def append_entries(connection: Connection) -> None:
    """Enter every act that the ledger does not have yet, those of an older register included."""
    head = read_head(connection)
    acts = connection.execute(sa.select(ACTS).where(ACTS.c.id > head.number).order_by(ACTS.c.id))
    fresh = acts.mappings().all()
    if not fresh:
        return
    known = {act["id"]: act["digest"] for act in fresh}
    digests = act_digests(connection, head.number, known)
    entries, previous = [], head.hash
    for act in fresh:
        entry = _entry(act, digests.get(act["id"], NOTHING), previous)
        entries.append(entry)
        previous = entry["hash"]
    connection.execute(sa.insert(LEDGER), entries)


def _entry(act: Any, digest: str, previous: str) -> dict[str, Any]:
    entry = {
        "number": act["id"],
        "time": act["at"],
        "actor": act["actor"],
        "action": act["action"],
        "digest": digest,
        "previous_hash": previous,
    }
    return entry | {"hash": entry_hash(entry)}


def entries(connection: Connection) -> Iterator[dict[str, Any]]:
    """The entries in their order."""
    query = sa.select(LEDGER).order_by(LEDGER.c.number)
    streamed = query.execution_options(stream_results=True, yield_per=SLICE)
    for row in connection.execute(streamed).mappings():
        yield dict(row)


def write_ledger(connection: Connection, path: Path) -> int:
    """Write one entry a line as canonical JSON; returns how many."""
    count = 0
    with path.open("wb") as file:
        for entry in entries(connection):
            file.write(canonical(entry) + b"\n")
            count += 1
    return count


def verify(
    connection: Connection,
    head: Head | None = None,
    *,
    chain_only: bool = False,
    derived: bool = True,
    progress: Stage = lambda stage: None,
) -> list[Finding]:
    """Everything that does not agree: in the chain, with a head kept elsewhere, with the rows, and
    of what is derived from these, the roll-ups."""
    progress("chain")
    chained = list(entries(connection))
    findings = [*_check_chain(chained), *_check_head(chained, head)]
    if not chain_only:
        findings += _check_acts(connection, chained)
        findings += _check_rows(chained, act_digests(connection, progress=progress))
    if derived and not (chain_only or findings):  # rows that were altered count otherwise anyway
        progress("roll-ups")
        findings += _check_rollups(connection)
    return findings


def _check_chain(chained: list[dict[str, Any]]) -> Iterator[Finding]:
    previous = START
    for entry in chained:
        if entry_hash(entry) != entry["hash"]:
            yield _finding(entry, ALTERED)
        if entry["previous_hash"] != previous:
            yield _finding(entry, UNLINKED)
        previous = entry["hash"]


def _check_head(chained: list[dict[str, Any]], head: Head | None) -> Iterator[Finding]:
    if head is None:
        return
    hashes = {0: START} | {entry["number"]: entry["hash"] for entry in chained}
    if head.number not in hashes:
        yield Finding(head.number, "", Text(NO_HEAD))
    elif hashes[head.number] != head.hash:
        yield Finding(head.number, "", Text(OTHER_HEAD))


def _check_acts(connection: Connection, chained: list[dict[str, Any]]) -> Iterator[Finding]:
    """Each entry against its act, and acts without one."""
    columns = (ACTS.c.id, ACTS.c.at, ACTS.c.actor, ACTS.c.action)
    acts = {row.id: tuple(row) for row in connection.execute(sa.select(*columns))}
    for entry in chained:
        act = acts.pop(entry["number"], None)
        if act is None:
            yield _finding(entry, NO_ACT)
        elif act[1:] != (entry["time"], entry["actor"], entry["action"]):
            yield _finding(entry, OTHER_ACT)
    for number, (*_rest, action) in acts.items():
        yield Finding(number, action, Text(NO_ENTRY))


def _check_rows(chained: list[dict[str, Any]], digests: dict[int, str]) -> Iterator[Finding]:
    """Each entry against the digest over what the database holds of its act."""
    for entry in chained:
        if digests.pop(entry["number"], NOTHING) != entry["digest"]:
            yield _finding(entry, OTHER_ROWS)
    for number in sorted(digests):
        yield Finding(number, "", Text(NO_ENTRY))


def _check_rollups(connection: Connection) -> Iterator[Finding]:
    """Figures are counted from the roll-ups: each against what the cases give. They belong to no
    one act, so the number is that of the newest."""
    # They are computed with the tools of the measures, which the chain does without.
    from registry.rollups import OTHER_COUNT, compared, is_stale

    newest = read_head(connection).number
    if is_stale(connection):
        yield Finding(newest, "", Text(OTHER_COUNT))
        return
    for one in compared(connection):
        if one.differences:
            text = Text(OTHER_ROLLUP, {"name": one.name, "count": one.differences})
            yield Finding(newest, "", text)


def _finding(entry: dict[str, Any], text: str) -> Finding:
    return Finding(entry["number"], entry["action"], Text(text))


def record(finding: Finding) -> dict[str, Any]:
    """A finding as a record to be shown."""
    return asdict(finding) | {"text": str(finding.text)}
