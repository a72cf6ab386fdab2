"""Every text of ours is translated: found in the source, in the catalogue, in English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from registry.errors import RegistryError, UsageError
from registry.language import (
    CATALOGUES,
    LANGUAGES,
    N_,
    Series,
    Text,
    _,
    day_name,
    month_name,
    ngettext,
    speaking,
)
from registry.settings import ROOT
from registry.window import month_start

PARTS = ("ui/*.py", "measures/*.py", "publish/*.py", "*charts.py", "*maps.py", "map_*.py")
MODULES = ("errors", "export", "language", "palette", "reported", "wording")
SOURCES = sorted(
    {
        ROOT / "dashboard.py",
        *(ROOT / "pages").glob("*.py"),
        *(path for part in PARTS for path in (ROOT / "registry").glob(part)),
        *(ROOT / "registry" / f"{name}.py" for name in MODULES),
    }
)
"""Modules in which every Chinese text is one that pages show."""

EVERYWHERE = sorted({*SOURCES, *(ROOT / "registry").rglob("*.py")})
COMMAND_LINE = ROOT / "registry" / "cli"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 1)}
CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff01-\uff5e\u3000-\u303f]")
FIELD = re.compile(r"{(\w*)[^}]*}")
ERRORS = {"RegistryError", "UsageError"}


def texts(path: Path) -> list[str]:
    """What is marked for translation in a module."""
    found = extract_from_file("python", path, keywords=KEYWORDS)
    return [text if isinstance(text, str) else text[0] for _line, text, *_rest in found]


def unmarked(node: ast.AST, inside: bool = False) -> Iterator[ast.Constant]:
    """String constants with Chinese characters that no marker function encloses."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        inside = inside or name in KEYWORDS
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and not inside:
        if CJK.search(node.value):
            yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from unmarked(child, inside)


def catalogue(code: str):
    with (CATALOGUES / code / "LC_MESSAGES" / "registry.po").open("rb") as file:
        return read_po(file, locale=code)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_chinese_text_is_marked_for_translation(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [f"{path.name}:{n.lineno} {n.value}" for n in unmarked(tree)] == []


def is_marked(text: ast.expr) -> bool:
    """Whether it is N_("…"), a constant, or read from one."""
    return isinstance(text, ast.Name) or (
        isinstance(text, ast.Call) and isinstance(text.func, ast.Name) and text.func.id == "N_"
    )


@pytest.mark.parametrize("path", EVERYWHERE, ids=lambda path: path.stem)
def test_an_error_is_a_marked_text_with_values(path: Path) -> None:
    """A page shows it in the reader's language; only the command line's own are Chinese alone."""
    if COMMAND_LINE in path.parents:
        return
    raised = [
        node.args[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS
    ]
    assert [f"{path.name}:{text.lineno}" for text in raised if not is_marked(text)] == []


@pytest.mark.parametrize("path", EVERYWHERE, ids=lambda path: path.stem)
def test_a_marked_text_is_a_plain_string(path: Path) -> None:
    """What is put together at run time, or stands inside an f-string, is never collected."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        constant.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in KEYWORDS and node.args
        for constant in ast.walk(node.args[0])
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
        if CJK.search(constant.value)
    }
    assert called - set(texts(path)) == set()


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "zh"])
def test_every_text_is_translated(code: str) -> None:
    """`make messages` collects texts; whoever wrote one translates it in the .po file."""
    known = catalogue(code)
    missing = []
    for text in sorted({text for path in EVERYWHERE for text in texts(path)}):
        message = known.get(text)
        forms = [] if message is None else message.string
        forms = [forms] if isinstance(forms, str) else list(forms)
        if not forms or not all(forms) or message.fuzzy:
            missing.append(text)
    assert missing == []


def test_english_is_english_and_names_the_same_fields() -> None:
    for message in catalogue("en"):
        text = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else message.string
        for form in filter(None, forms):
            assert not CJK.search(re.sub("“[^”]*”", "", form)), form
            assert set(FIELD.findall(form)) == set(FIELD.findall(text)), form


MANY = re.compile(
    "^{count} districts$|times a minute|"
    "[Tt]he first {count}|more powers$|the first {rows} rows|judicial offices that"
)
"""Texts whose count is never one."""

COUNTED = re.compile(
    r"\{(count|rows|units|cases|gaps|missing|used|under|few|heavy)(:[^}]*)?\} "
    r"(of them |judicial |more |open )?([a-z-]+s|have|are|were|wait|carry|lie|fall)\b"
)


def test_chinese_has_chinese_marks() -> None:
    """GB/T 15834: a mark beside a Chinese character is a full-width one."""
    half = re.compile(r"[\u3400-\u9fff」》][,;:?!()]|[,;:?!()][\u3400-\u9fff「《]")
    commands = [*(ROOT / "registry" / "cli").glob("*.py"), *SOURCES]
    said = {constant for path in commands for constant in constants(path)}
    said |= {
        message.id if isinstance(message.id, str) else message.id[0] for message in catalogue("en")
    }
    chinese = [
        text for text in sorted(said) if not re.search("[a-z]{3,} [a-z]{2,} [a-z]{2,}", text)
    ]
    assert [text for text in chinese if half.search(text)] == []


def constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_english_has_english_marks_and_says_one_of_one() -> None:
    """Chinese quotation marks stay with Chinese titles; a percent keeps its number; a sentence on
    a count has a singular."""
    for message in catalogue("en"):
        forms = [message.string] if isinstance(message.string, str) else message.string
        for form in filter(None, forms):
            assert not re.search('[「」《》"]', form), form
            assert not re.search("[0-9}] %", form), form
        if isinstance(message.string, str) and not MANY.search(message.string):
            assert not COUNTED.search(message.string), message.string


def test_the_language_is_spoken_only_where_it_is_asked_for() -> None:
    with speaking("en"):
        assert _("总览") == "Overview"
        assert ngettext("一致", 2)
    assert _("总览") == "总览"


def test_an_error_is_said_in_the_language_of_whoever_reads_it() -> None:
    kind = Text(N_("Word 文档"))
    error = RegistryError(
        N_("{file} 缺少列：{columns}"), file="甲.csv", columns=Series([kind, "乙"])
    )
    assert str(error) == "甲.csv 缺少列：Word 文档、乙"
    with speaking("en"):
        assert str(error) == "甲.csv lacks columns: a Word document, 乙"
    assert str(UsageError("--map {甲}：没有")) == "--map {甲}：没有"


def test_days_and_months_are_written_as_the_language_does() -> None:
    with speaking("en"):
        assert month_name(202007) == "July 2020"
        assert day_name(month_start(202007)) == "1 July 2020"
    assert month_name(202007) == "2020年7月"
    assert day_name(month_start(202007)) == "2020年7月1日"
