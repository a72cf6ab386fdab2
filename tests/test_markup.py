"""Stored markup: whatever anybody has written, a browser draws it as text, and every file holds it
as text.

Pages are opened in a real browser by every role that may see them. What would show that a text was
taken for markup is looked for in the document; the reader hears of errors, dialogs and requests.
"""

import ast
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import lxml.html
import pytest
from api_client import SECRET, cookie_of
from builders import E1, EAST, LITTER, SIGNS
from command_line import CommandLine
from live_site import CHROMIUM, Reader, chromium, free_port, refuse, serving
from markup_world import FORMULAS, HARM, TAGS, log_table, name_of, start, write_book
from reliability import record

from registry.export import FORMULA_SIGNS
from registry.settings import ROOT

NOTED = "标<img src=x onerror"
WINDOW = {"from": "2021-01", "to": "2021-03", "district": EAST, "as_of": "2021-03-31"}
TAKEN_FOR_MARKUP = """() => [...document.querySelectorAll(`
    [onerror], [onload], [src="x"], [src*="evil"], [href*="evil"], [href^="javascript"], iframe,
    object, embed, [data-testid=stMain] .katex, [data-testid=stSidebar] .katex`),
  ...[...document.querySelectorAll('script')].filter(e => e.textContent.trim() == 'alert(2)'),
  ...[...document.querySelectorAll('strong, b')].filter(e => e.textContent == 'FETT'),
  ...[...document.querySelectorAll('code')].filter(e => e.textContent == 'MONO'),
  ...[...document.querySelectorAll('span')].filter(e => ['ROT', 'skull'].includes(e.textContent)),
].map(e => e.outerHTML.slice(0, 300))"""
OPEN_ALL = """() => document.querySelectorAll('details:not([open]) > summary')
  .forEach(summary => summary.click())"""
VIEWS = {
    "office": (
        *(("exercise", {"unit": E1}), ("powers", {"power": LITTER}), ("staffing", {})),
        *(("review", {}), ("adjustment", {"power": LITTER}), ("adjustment", {"proposal": "1"})),
        *(("admin", {}), ("district", {}), ("intake", {"batch": "1"}), ("intake", {"batch": "3"})),
        *(("intake", {"batch": "1", "lang": "en"}), ("", {"known_on": HARM})),
    ),
    "east": (
        *(("", {}), ("review", {}), ("district", {"unit": E1})),
        *(("adjustment", {"proposal": "2"}), ("powers", {"power": SIGNS, "search": HARM})),
    ),
    "deputy": (("powers", {"power": LITTER}), ("district", {})),
    "![x](//evil.example)": (("", {}),),
}
"""Login → where it meets what others wrote; the last has no role and is told its name."""

SHOWN = {"office", "east"}


class Watcher(Reader):
    """A reader with a login, who hears of dialogs, too."""

    def __init__(self, browser, address: str, login: str) -> None:
        super().__init__(browser, 1400)
        name, _, value = cookie_of(login, origin=address.rstrip("/")).partition("=")
        self.context.add_cookies([{"name": name, "value": value, "url": address}])
        self.page.on("dialog", self._refuse)
        self.address, self.seen = address, ""

    def _refuse(self, dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def read(self, page: str, **query: str) -> None:
        self.visit(f"{self.address}{page}?{urlencode(WINDOW | query)}")
        self.look(page)

    def look(self, page: str) -> None:
        """Everything that is on the page, unfolded."""
        self.page.evaluate(OPEN_ALL)
        self.page.wait_for_timeout(50)
        self.seen += self.page.inner_text("body")
        found = self.page.evaluate(TAKEN_FOR_MARKUP)
        self.wrong += [f"{page}: {html}" for html in found]

    def try_out(self, path: Path) -> None:
        """Upload a log and have it checked."""
        self.visit(f"{self.address}intake?{urlencode(WINDOW)}")
        self.page.set_input_files("input[type=file]", path)
        check = self.page.get_by_role("button", name="试运行")
        check.wait_for(timeout=60_000)
        self.settled()
        self.look("upload")
        check.click()
        self.page.get_by_text("没有存入任何内容").wait_for(timeout=60_000)
        self.settled()
        self.look("report")


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """A server that people log in to, over the register full of markup."""
    folder = tmp_path_factory.mktemp("markup")
    start(folder)
    port = free_port()
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
        f'cookie_secret = "{SECRET}"\nclient_id = "x"\nclient_secret = "x"\n'
        f'server_metadata_url = "http://127.0.0.1:{port}/none"\n'
    )
    with serving(f"sqlite:///{folder / 'registry.db'}", folder, port) as address:
        yield address, folder


@pytest.mark.slow
@pytest.mark.campaign
def test_a_browser_draws_what_anybody_wrote_as_text(served, tmp_path):
    if not CHROMIUM.exists():
        refuse(f"{CHROMIUM} is missing")
    address, _ = served
    upload = write_book(tmp_path / name_of(HARM, ".xlsx"), log_table(EAST, E1))
    with chromium() as browser:
        for login, views in VIEWS.items():
            reader = Watcher(browser, address, login)
            for page, query in views:
                reader.read(page, **query)
            if login == "east":
                reader.try_out(upload)
            assert (NOTED in reader.seen) >= (login in SHOWN)
            reader.close()
    tried = sum(map(len, VIEWS.values())) + 2
    record("attack", "存入的每处文字都是标记，各角色用浏览器打开各页", tried, "只当文字显示", 0)


# Files


@pytest.mark.slow
@pytest.mark.campaign
def test_every_file_holds_what_anybody_wrote_as_text(served):
    address, _ = served
    asked = {
        "problems?batch=1": _is_plain_book,
        "chase": _is_plain_book,
        **{f"{kind}?format=xlsx": _is_plain_book for kind in ("waiting", "breaches")},
        **{f"{kind}?format=csv": _is_plain_csv for kind in ("waiting", "breaches")},
        f"brief?place={EAST}&format=html": _is_plain_page,
        f"brief?place={EAST}&format=docx": _is_plain_document,
        f"brief?place={EAST}&format=xlsx": _is_plain_book,
    }
    headers = {"cookie": cookie_of("office", origin=address.rstrip("/"))}
    for path, is_plain in asked.items():
        window = urlencode({k: v for k, v in WINDOW.items() if _takes(path, k)})
        joined = f"{path}{'&' if '?' in path else '?'}{window}"
        answer = httpx.get(f"{address}files/{joined}", headers=headers, timeout=60)
        assert answer.status_code == 200, (path, answer.text)
        assert is_plain(answer.content), path
    record("attack", "存入的标记和公式，导出为各种文件", len(asked), "没有公式、标签、链接", 0)


def _takes(path: str, parameter: str) -> bool:
    kind = path.partition("?")[0]
    own = {"chase": ("district",), "waiting": ("district", "as_of"), "brief": ("from", "to")}
    return parameter in own.get(kind, () if kind == "problems" else ("district", "from", "to"))


def _parts(content: bytes, ending: str = "") -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if "externalLink" in name]
        return "\n".join(
            archive.read(name).decode() for name in archive.namelist() if name.endswith(ending)
        )


def _is_plain_book(content: bytes) -> bool:
    text = _parts(content, ".xml")
    assert not re.search(r"<(f|hyperlinks?)[ >/]", text)
    assert 'TargetMode="External"' not in _parts(content, ".rels")
    return "标&lt;img src=x onerror" in text


def _is_plain_document(content: bytes) -> bool:
    text = _parts(content, "document.xml")
    assert not re.search(r"<w:(hyperlink|altChunk|object)|HYPERLINK +&quot;", text)
    return "标&lt;img src=x onerror" in text


def _is_plain_csv(content: bytes) -> bool:
    cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    assert [cell for cell in cells if cell.startswith(FORMULA_SIGNS) and not _is_number(cell)] == []
    return any(cell.startswith(NOTED) for cell in cells)


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", cell))


def _is_plain_page(content: bytes) -> bool:
    document = lxml.html.fromstring(content)
    elements = [one for one in document.iter() if isinstance(one.tag, str)]
    assert not [one for one in elements if one.tag in ("script", "img", "a", "iframe", "link")]
    names = {name for one in elements for name in one.attrib}
    assert not [name for name in names if name.startswith("on") or name in ("src", "href")]
    return NOTED in document.text_content()


LISTED = (
    *("problems", "batches", "chase", "propose", "opinion", "decide", "follow-up", "freezes"),
    *("alias list", "role list", "token list", f"remark {EAST}", f"powers --search {NOTED[0]}"),
)


@pytest.mark.slow
@pytest.mark.campaign
def test_every_list_of_the_command_line_holds_it_as_text(served):
    _, folder = served
    line, seen = CommandLine(f"sqlite:///{folder / 'registry.db'}", folder), 0
    for words in LISTED:
        as_csv = line.run(*words.split(), "--format", "csv")
        assert as_csv.exit_code == 0, (words, as_csv.stderr)
        seen += _is_plain_csv(as_csv.stdout.encode())
        texts = json.dumps(line.records(*words.split()), ensure_ascii=False)
        assert (NOTED in texts) >= (NOTED in as_csv.stdout), words
        shown = line.run(*words.split()).stdout
        assert not {"\x1b", "\u202e"} & set(shown), words
    assert seen >= 5
    line.run("ledger", "export", "账册.jsonl")
    said = (folder / "账册.jsonl").read_text("utf-8").splitlines()
    assert HARM in [json.loads(entry)["actor"] for entry in said]
    record(
        "attack", "存入的标记和公式，命令行的各清单", len(LISTED) * 3, "没有公式，终端不受控制", 0
    )


# The source


def _calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


RAW = {
    "intake_words.py": "st.html(ENGLISH.replace('BUTTON', _('选择文件')))",
    "page.py": "st.html(style + script, unsafe_allow_javascript=True)",
    "show.py": "st.html(_widths(f'list {key}', cells))",
}
"""Where HTML of ours is written, none of it made of data."""


def test_nothing_but_our_own_styles_is_written_as_html():
    found = {}
    for path in (*ROOT.glob("registry/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "dashboard.py"):
        for call in _calls(path):
            words = {one.arg: one.value for one in call.keywords}
            assert "unsafe_allow_html" not in words, path.name
            if isinstance(call.func, ast.Attribute) and call.func.attr in ("html", "iframe"):
                found[path.name] = ast.unparse(call)
    assert found == RAW


@pytest.mark.parametrize("text", [HARM, TAGS, *FORMULAS, "</style><img src=x onerror=alert(1)>"])
def test_the_styles_of_a_list_hold_none_of_its_words(text):
    import pandas as pd

    from registry.ui.show import _widths

    style = _widths(f"list {text}", pd.DataFrame({text: [text]}, index=[text]))
    assert re.fullmatch(r"<style>[\w .:{}();*-]*</style>", style)
