"""Attacks on the commands: every parameter of each says what it should not, and every role asks for
what is not its own.

Commands and parameters are taken from the product itself, so that a new one is attacked, too.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from adjustment_world import decided, proposal
from attack_texts import SQL, TEXTS, unchanged
from builders import (
    E1,
    EAST,
    LITTER,
    QUARTER,
    SIGNS,
    WELLS,
    WEST,
    SmallWorld,
    make_case,
    write_log,
    write_small_world,
)
from command_line import CommandLine, Outcome
from reliability import record
from roles_world import OF_EAST, OF_WEST

from registry import db
from registry.access import DEPUTY, DISTRICT, DOOR, PUBLIC, TOKEN, Scope, acting
from registry.catalogue import SHIPPED, read_catalogue
from registry.cli import command as root
from registry.freezes import freeze
from registry.ledger import read_head
from registry.tokens import make_token
from registry.window import today_in_beijing

pytestmark = [pytest.mark.campaign, pytest.mark.slow]
PATIENCE = 20
"""Seconds that a command may take."""

OPTIONS = ("--demo=1", "-h", "--", "-1", "--format", "-")
HARM = (*(text for text in TEXTS if "passwd" not in text), *OPTIONS)
"""Nothing that would lead a command to a file of the system."""

PATHS = (
    *("", ".", "..", "no/such/folder/x", "x" * 300, "~root/x", "file:///x", "-", "pipe"),
    *("registry.db", "registry.db-wal", "../beside", "folder", "dangling", *SQL),
)
"""pipe, folder, dangling: what `line` has put there."""


def commands(group: Any = root, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command by its words."""
    for name, own in group.commands.items():
        if hasattr(own, "commands"):
            yield from commands(own, (*path, name))
        else:
            yield " ".join((*path, name)), own


COMMANDS = dict(commands())
WINDOW = {"--from": "2021-01", "--to": "2021-03"}
SAID = {"--reason": "有理由", "--on": "2021-04-20"}
RIGHT: dict[str, dict[str, str]] = {
    "import": {"files": "log.csv", "--district": EAST, "--months": "2021-01..2021-03"},
    "withdraw": {"batch": "1", "--reason": "错"},
    "holdings": {"unit": E1},
    "problems": {"--batch": "1"},
    "template": {"file": "空白.xlsx", "--district": EAST},
    "chase": {"--district": EAST},
    "remark": {"district": EAST, "text": "话"},
    "export": {"file": "表.csv", "--measure": "exercise_rate"},
    "brief": {"district": EAST, "--out": "简报.html", **WINDOW},
    "review": {"--as-of": "2021-03-31"},
    "simulate-review": {**WINDOW, "--seed": "1"},
    "assess": {"power": LITTER},
    "propose": {"powers": WELLS, "--recommendation": "return", **SAID},
    "opinion": {"proposal": "2", "speaker": EAST, "--view": "keep", **SAID},
    "decide": {
        "proposal": "2",
        "--kind": "return",
        "--instrument": "文",
        "--effective": "2021-07-01",
        **SAID,
    },
    "follow-up": {"decision": "1", "--months": "6", "--on": "2021-12-20"},
    "recompute": {"reference": "exercise_rate:district:202101-202103@9.00000000"},
    "explain": {
        "first": "exercise_rate:district:202101-202103@9.00000000",
        "second": "exercise_rate:district:202101-202103@12.00000000",
    },
    "freeze": {"name": "新一轮", **WINDOW},
    "revisions": {"name": "一轮"},
    "backup": {"file": "a.backup"},
    "alias add": {"text": "写法", "code": LITTER, "--district": EAST},
    "catalogue load": {"file": "powers.csv", "--instrument": "文", "--effective": "2021-07-01"},
    "publish": {"folder": "公开"},
    "ledger export": {"file": "账册.jsonl"},
    "role grant": {"login": "someone", "role": "deputy"},
    "role revoke": {"login": "west"},
    "token make": {"name": "新令牌", "--district": EAST},
    "token revoke": {"name": "对接"},
    "restore": {"file": "kept.backup"},
}
"""Command → words with which it does something, as far as it needs any."""

WRITES = {
    *("import", "withdraw", "problems", "remark", "propose", "opinion", "decide", "follow-up"),
    *(
        "freeze",
        "restore",
        "catalogue load",
        "alias add",
        "role grant",
        "role revoke",
        "token make",
        "token revoke",
    ),
}
"""Commands that are meant to change the register."""

ALWAYS = {"catalogue load": ["--apply"], "problems": ["--retry"], "follow-up": ["--as-expected"]}
NOT_THE_SAME = {"recompute": 1}
"""Commands whose answer is no, though they were asked rightly."""

FILES = {"files", "file", "--out", "--export", "--powers", "--units", "--instruments"}
FILES |= {"--vocabulary", "--topics", "--map-file", "folder"}


@contextmanager
def in_time() -> Iterator[None]:
    """Whoever hangs is ended, wherever it hangs."""

    def end(*_: object) -> None:
        raise AssertionError(f"not done after {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def words(name: str, given: dict[str, str]) -> list[str]:
    """A command as it is typed: options in one word with what they say, then arguments."""
    options = [f"{key}={text}" for key, text in given.items() if key.startswith("-")]
    order = [one.name for one in COMMANDS[name].params if one.param_type_name == "argument"]
    arguments = [given[key] for key in order if key in given]
    return [*name.split(), *ALWAYS.get(name, []), *options, *arguments]


def parameters(name: str) -> list[str]:
    return [
        one.name if one.param_type_name == "argument" else one.opts[0]
        for one in COMMANDS[name].params
        if one.name != "help" and not getattr(one, "is_flag", False)
    ]


@pytest.fixture(scope="module")
def prepared(told_once, tmp_path_factory) -> Path:
    """A folder with all that the commands may meet there, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    url = f"sqlite:///{shutil.copy(told_once, folder / 'registry.db')}"
    world = SmallWorld(db.engine_for(url), SHIPPED, folder)
    decided(world)
    proposal(world, SIGNS)
    with db.writing(world.engine) as connection:
        freeze(connection, "一轮", QUARTER, "t")
        today = today_in_beijing()
        days = {"expires_on": today, "today": today, "actor": "t"}
        make_token(connection, read_catalogue(connection), "对接", EAST, may_import=True, **days)
    write_log(folder / "log.csv", [make_case(case_no="新1号")])
    write_small_world(folder)
    assert CommandLine(url, folder).run("backup", "kept.backup").exit_code == 0
    (folder / "folder").mkdir()
    world.engine.dispose()
    return folder


@pytest.fixture
def line(prepared, tmp_path) -> Iterator[CommandLine]:
    """The commands in a copy of that folder, with a pipe and a link to nowhere."""
    folder = Path(shutil.copytree(prepared, tmp_path / "work"))
    os.mkfifo(folder / "pipe")
    (folder / "dangling").symlink_to("nowhere/at/all")
    url = f"sqlite:///{folder / 'registry.db'}"
    yield CommandLine(url, folder)
    db.engine_for(url).dispose()


def world_of(line: CommandLine) -> SmallWorld:
    return SmallWorld(db.engine_for(line.url), SHIPPED, line.folder)


def head(line: CommandLine) -> str:
    with acting(DOOR), db.reading(db.engine_for(line.url)) as connection:
        return str(read_head(connection))


def found_in(folder: Path) -> set[Path]:
    """Every file in a folder and in the one around it, but for SQLite's own."""
    files = {path for path in folder.rglob("*") if path.is_file()} | set(folder.parent.iterdir())
    return {path for path in files if not path.name.endswith(("-wal", "-shm", "-journal"))}


REFERENCES = tuple(
    f"{measure}:{by}:{months}{more}@{act}.00000000"
    for measure, by, months, more, act in (
        ("' OR 1=1 --", "district", "202101-202103", "", "9"),
        ("exercise_rate", SQL[1], "202101-202103", "", "9"),
        ("exercise_rate", "district", "999999-000000", "", "9"),
        ("exercise_rate", "district", "202101-202103", f":unit={SQL[2]}", "9"),
        ("exercise_rate", "district", "000101-999912", "", "9" * 30),
        ("brief", "district", "202101-202103", ":district=" + "字" * 3000, "9"),
        ("exercise_rate", "district", "202101-202103", ":min_cases=-1", "-1"),
        ("exercise_rate", ",".join(["district"] * 99), "202101-202103", ":basis=x", "9"),
    )
)


def texts_for(key: str) -> tuple[str, ...]:
    if key in FILES:
        return PATHS
    return (*REFERENCES, *HARM) if key in ("reference", "first", "second") else HARM


def attacks(name: str) -> list[tuple[str, str]]:
    """In the campaign a third of all texts in each parameter, in `make test-all` one of them;
    others in each command, since most parameters are those of several."""
    start = list(COMMANDS).index(name)
    if os.environ.get("RELIABILITY"):
        whole = [(key, text) for key in parameters(name) for text in texts_for(key)]
        return whole[start % 3 :: 3]
    keys = enumerate(parameters(name), start)
    return [(key, texts[place % len(texts)]) for place, key in keys for texts in [texts_for(key)]]


def test_what_is_said_beside_is_right(line):
    """Attacks reach as far as the command itself."""
    for name, said in RIGHT.items():
        outcome = line.run(*words(name, said))
        assert outcome.exit_code == NOT_THE_SAME.get(name, 0), (name, outcome.stderr)
    assert line.disagreements() == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "serve"])
def test_whatever_a_parameter_says_a_command_ends_and_harms_nothing(line, name):
    tried = attacks(name)
    for key, text in tried:
        before, files = head(line), found_in(line.folder)
        with in_time():
            outcome = line.run(*words(name, RIGHT.get(name, {}) | {key: text}))
        told_in_one_sentence(outcome, (key, text))
        if name not in WRITES or outcome.exit_code:
            assert head(line) == before, (key, text)
        named = {(line.folder / text).resolve()} if key in FILES else set(right_files(line, name))
        new = {path for path in found_in(line.folder) - files if ".replaced-" not in path.name}
        if name == "publish" and not outcome.exit_code:
            new = {path for path in new if not named & set(path.parents)}
        assert new <= named, (key, text)
    assert line.disagreements() == []
    record("attack", f"命令 {name}：每个参数里的恶意文字", len(tried), "一句话，或无害", 0)


def right_files(line: CommandLine, name: str) -> Iterator[Path]:
    return (line.folder / text for key, text in RIGHT.get(name, {}).items() if key in FILES)


def told_in_one_sentence(outcome: Outcome, asked: object) -> None:
    assert outcome.exit_code in (0, 1, 2, 3), (asked, outcome)
    assert "Traceback" not in outcome.stderr, asked
    if outcome.exit_code == 1:
        assert "\x1b" not in outcome.stderr, asked


def test_no_register_is_made_of_a_pipe_or_a_device(line):
    new = CommandLine(f"sqlite:///{line.folder / 'new.db'}", line.folder)
    asked = [key for key in parameters("init") if key in FILES]
    for key in asked:
        for path in ("pipe", "/dev/zero"):
            said = {"--powers": "powers.csv", "--units": "units.csv"} | {key: path}
            with in_time():
                assert "不是普通文件" in new.refusal(*words("init", said)), key
    record("attack", "init：管道和设备当作文件", 2 * len(asked), "一句话", 0)


# Roles

SCOPES = {
    "east": Scope("east", DISTRICT, EAST),
    "deputy": Scope("deputy", DEPUTY),
    "visitor": Scope("-", PUBLIC),
    "reads": Scope("读", TOKEN, EAST),
    "brings": Scope("送", TOKEN, EAST, may_import=True),
}
AGGREGATES = (*OF_EAST, *OF_WEST, "原话")
KNOWS = {who: OF_WEST if who in ("east", "brings") else AGGREGATES for who in SCOPES}
KNOWS["reads"] = (*OF_EAST, *OF_WEST)  # a district's own program may read the district's words
"""What must not be told to each. Small counts and fines are hidden where readers come from
elsewhere: who may run a command holds the database, too."""

OF_OTHERS = {
    "withdraw": {"batch": "2"},
    "remark": {"district": WEST},
    "opinion": {"speaker": WEST},
    "import": {"--district": WEST},
    "alias add": {"--district": WEST},
}
"""Command → what makes it another district's."""

OWN = {
    "east": {"import", "withdraw", "problems", "remark", "opinion", "alias add"},
    "brings": {"import", "problems"},
}
"""What each may do, as long as it is its own district's."""


def outside(who: str) -> dict[str, dict[str, str]]:
    """The commands that are not for somebody, or not as they are said here."""
    asked = {name: RIGHT.get(name, {}) for name in (*sorted(WRITES), "backup")}
    own = OWN.get(who, set())
    asked = {name: said for name, said in asked.items() if name not in own}
    return asked | {name: RIGHT[name] | OF_OTHERS[name] for name in own & set(OF_OTHERS)}


@pytest.mark.parametrize("who", SCOPES)
def test_what_is_outside_of_a_scope_is_refused_and_logged(line, who, caplog):
    asked = outside(who)
    with unchanged(world_of(line)):
        for name, said in asked.items():
            caplog.clear()
            with acting(SCOPES[who]):
                outcome = line.run(*words(name, said))
            assert outcome.exit_code == 1, (name, outcome)
            told_in_one_sentence(outcome, name)
            subject = SCOPES[who].subject
            assert [one for one in caplog.messages if one.startswith(f"refused {subject} ")], name
    assert not (line.folder / "a.backup").exists()
    record("attack", f"以 {who} 的身份运行范围以外的命令", len(asked), "拒绝，记入日志", 0)


@pytest.mark.parametrize("who", SCOPES)
def test_no_list_tells_more_than_a_scope_has(line, who):
    names = [name for name in COMMANDS if name not in WRITES and name not in ("serve", "backup")]
    for name in names:
        with acting(SCOPES[who]):
            outcome = line.run(*words(name, RIGHT.get(name, {})))
        told_in_one_sentence(outcome, name)
        kept = "".join(
            path.read_text("utf-8", "ignore") for path in right_files(line, name) if path.is_file()
        )
        said = outcome.stdout + outcome.stderr + kept
        assert [secret for secret in KNOWS[who] if secret in said] == [], name
    record("attack", f"以 {who} 的身份运行只读的命令", len(names), "不说范围以外的事", 0)


# Serving

NOT_SERVED = {
    "--port": ("-1", "0", "65536", "70000", "8501x", "", "9" * 30, "٣"),
    "--host": (
        "0.0.0.0",
        "::",
        "10.0.0.5",
        "evil.example",
        "",
        "127.0.0.1 ",
        "a\u202eb",
        "-1",
        *SQL,
    ),
}


def test_serving_at_an_impossible_place_is_refused_at_once(line):
    for option, texts in NOT_SERVED.items():
        for text in texts:
            with in_time():
                outcome = line.run("serve", f"{option}={text}")
            assert outcome.exit_code in (1, 2), (option, text, outcome)
            told_in_one_sentence(outcome, (option, text))
    record("attack", "serve：不可能的地址和端口", sum(map(len, NOT_SERVED.values())), "一句话", 0)
