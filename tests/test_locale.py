"""Every text of ours is translated: found in the source, in the catalogue, in English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from registry.language import CATALOGUES, LANGUAGES, _, day_name, month_name, ngettext, speaking
from registry.settings import ROOT
from registry.window import month_start

PARTS = ("ui/*.py", "measures/*.py")
MODULES = ("wording", "charts", "reported", "export", "language", "palette")
SOURCES = sorted(
    {
        ROOT / "dashboard.py",
        *(ROOT / "pages").glob("*.py"),
        *(path for part in PARTS for path in (ROOT / "registry").glob(part)),
        *(ROOT / "registry" / f"{name}.py" for name in MODULES),
    }
)
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 1)}
CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff01-\uff5e\u3000-\u303f]")
FIELD = re.compile(r"{(\w*)[^}]*}")
ERRORS = ("RegistryError", "UsageError")
"""Messages of errors are Chinese on every surface (docs/decisions.md)."""


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
        inside = inside or name in KEYWORDS or name in ERRORS
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


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
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
    for text in sorted({text for path in SOURCES for text in texts(path)}):
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
            assert not CJK.search(re.sub("「[^」]*」", "", form)), form
            assert set(FIELD.findall(form)) == set(FIELD.findall(text)), form


def test_the_language_is_spoken_only_where_it_is_asked_for() -> None:
    with speaking("en"):
        assert _("总览") == "Overview"
        assert ngettext("一致", 2)
    assert _("总览") == "总览"


def test_days_and_months_are_written_as_the_language_does() -> None:
    with speaking("en"):
        assert month_name(202007) == "July 2020"
        assert day_name(month_start(202007)) == "1 July 2020"
    assert month_name(202007) == "2020年7月"
    assert day_name(month_start(202007)) == "2020年7月1日"
