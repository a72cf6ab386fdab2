"""A register in which every text that anybody may write is markup, and where its texts are seen."""

import zipfile
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from adjustment_world import order, proposal
from book_builders import SHEET, SHEET_PART, book, pack, rows
from builders import (
    E1,
    EAST,
    LITTER,
    QUARTER,
    SIGNS,
    TODAY,
    W1,
    WAITING,
    WEST,
    SmallWorld,
    make_case,
    write_small_world,
    write_table,
)
from intake_world import HEADING

from registry import alias, catalogue, db, remarks, roles, tokens
from registry.access import DEPUTY, DISTRICT, REFORM_OFFICE
from registry.adjustment.decide import decide
from registry.adjustment.follow_up import Finding, follow_up
from registry.adjustment.opinion import add_opinion
from registry.catalogue import read_catalogue
from registry.freezes import freeze
from registry.intake.commit import import_log
from registry.intake.declaration import Declaration
from registry.intake.withdraw import withdraw

TAGS = "<img src=x onerror=alert(1)><script>alert(2)</script>"
MARKDOWN = "[x](javascript:alert(4))![p](http://evil.example/p)<!--:material/skull::red[ROT]"
SIGNS_OF_IT = "$\\frac12$**FETT**`MONO`&lt;b"
HARM = f"标{TAGS}{MARKDOWN}{SIGNS_OF_IT}"
"""All that could be taken for markup, in a text as short as a case number."""

FORMULAS = ('=HYPERLINK("http://evil.example")', "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3")
UNSEEN = "\u202e\u200b\ufeff"
TEXTS = (HARM, *FORMULAS, f"{UNSEEN}{TAGS}")
NAMES = (
    *("<img/src=x/onerror=alert(1)>", "![p](//evil.example/p)[x](//evil.example)"),
    *("$\\frac{1}{2}$**FETT**`MONO`", '=HYPERLINK("//evil.example")', "+cmd|'/C'!A0"),
)
"""Without a space, a colon or an @, and no longer than a name may be."""


def write_book(path: Path, table: list[list[Any]], sheet: str = HARM) -> Path:
    """A workbook, as no spreadsheet program would name its sheet."""
    safe = [[escape(str(cell)) for cell in row] for row in table]
    parts = book(SHEET % ("", rows(*safe)))
    named = str(parts["xl/workbook.xml"]).replace("表1", escape(sheet))
    pack(path, parts | {"xl/workbook.xml": named})
    assert SHEET_PART in zipfile.ZipFile(path).namelist()
    return path


def name_of(text: str, ending: str) -> str:
    """A text as the name of a file, as far as a disk takes it."""
    return f"{text.replace('/', '∕')[:70]}{ending}"


def log_table(district: str, unit: str) -> list[list[Any]]:
    """Sound cases with a harmful number; rows with harm in each field; a heading of nobody's."""
    fields = list(HEADING)
    sound = make_case(unit=unit, fine_cny="100", procedure="ordinary", party_type="individual")
    table = [sound | {"case_no": f"{district}{text}"} for text in TEXTS]
    waits = make_case(unit=unit, power=SIGNS, **WAITING)
    table += [waits | {"case_no": f"{text}〔2021〕{unit}等1号"} for text in TEXTS]
    missed = make_case(unit=unit, power=SIGNS, review_required="yes")
    table += [missed | {"case_no": f"{text}〔2021〕{unit}漏1号"} for text in TEXTS]
    table += [
        sound | {"case_no": f"{unit}错{field}{place}", field: text}
        for field in fields
        for place, text in enumerate(TEXTS)
    ]
    head = [*HEADING.values(), HARM, *FORMULAS]
    return [head, *([*(row.get(name, "") for name in fields), *TEXTS[:5]] for row in table)]


RETURNS = {
    "staffing": (("月份", "单位", "编制数", "在编人数"), ("2021-01", E1, 10, 9)),
    "complaints": (("月份", "单位", "职权", "诉求量"), ("2021-01", E1, LITTER, 3)),
    "whistles": (("月份", "单位", "部门", "吹哨次数"), ("2021-01", E1, "water_affairs", 3)),
    "training": (("月份", "区", "部门", "培训场次"), ("2021-01", EAST, "water_affairs", 3)),
}
"""Kind → headings and a sound row."""


def build(world: SmallWorld) -> SmallWorld:
    """Everything that anybody may write, written."""
    for district, unit in ((EAST, E1), (WEST, W1)):
        path = world.folder / name_of(f"{district}{HARM}", ".xlsx")
        bring(world, write_book(path, log_table(district, unit)), district)
    for text in FORMULAS:
        sound = [make_case(case_no=f"公{text}")]
        bring(world, _csv(world.folder / name_of(text, ".csv"), sound), EAST)
    for kind, (head, row) in RETURNS.items():
        table = [[*head, HARM], [*row, HARM], *([text] * (len(head) + 1) for text in TEXTS)]
        path = write_book(world.folder / name_of(f"{kind}{HARM}", ".xlsx"), table)
        bring(world, path, EAST, kind)
    withdraw([3], reason=HARM, actor=HARM, on=world.engine)
    with db.writing(world.engine) as connection:
        _write_the_rest(connection)
    _adjust(world)
    return world


def bring(world: SmallWorld, path: Path, district: str, kind: str = "usage"):
    declared = Declaration((district,), QUARTER, kind=kind)
    return import_log(path, declared, today=TODAY, actor=HARM, on=world.engine)


def _csv(path: Path, cases: list[dict[str, str]]) -> Path:
    return write_table(path, cases, list(cases[0]))


def _write_the_rest(connection) -> None:
    known = read_catalogue(connection)
    for text in reversed(TEXTS):  # the last one is the one that briefs show
        alias.add_alias(connection, text, LITTER, "", HARM)
        alias.add_alias(connection, f"街{text}", E1, EAST, HARM)
        remarks.add_remark(connection, known, EAST, text, today=TODAY, actor=HARM)
    for login, role, district in (
        *(("office", REFORM_OFFICE, ""), ("east", DISTRICT, EAST), ("deputy", DEPUTY, "")),
        *((text, DEPUTY, "") for text in (HARM[1:], *FORMULAS)),
    ):
        roles.grant_role(connection, known, login, role, district, HARM)
    until = date(2023, 6, 1)
    for name in NAMES:
        told = {"may_import": False, "expires_on": until, "today": TODAY, "actor": HARM}
        tokens.make_token(connection, known, name[:40], EAST, **told)
        freeze(connection, name[:40], QUARTER, HARM)


def _adjust(world: SmallWorld) -> None:
    """A proposal with opinions, one decided on and followed up, all with harmful words."""
    words = {"reason": HARM}
    proposal(world, SIGNS, **words)
    number = proposal(world, LITTER, **words)
    with db.writing(world.engine) as connection:
        known = read_catalogue(connection)
        for speaker in (EAST, E1):
            add_opinion(
                connection, known, number, speaker, "keep", HARM, today=date(2021, 4, 12), actor="t"
            )
    with db.writing(world.engine) as connection:
        told = order(number, instrument=HARM, reason=HARM)
        decide(connection, read_catalogue(connection), told, today=date(2021, 4, 20), actor=HARM)
    snapshot, finding = world.snapshot(), Finding(HARM, HARM, HARM, date(2022, 9, 1))
    with db.writing(world.engine) as connection:
        follow_up(connection, snapshot, 1, 6, finding, today=date(2021, 12, 20), actor=HARM)


def start(folder: Path) -> SmallWorld:
    """The register in a SQLite file of its own folder."""
    (folder / "files").mkdir(parents=True)
    engine = db.engine_for(f"sqlite:///{folder / 'registry.db'}")
    files = write_small_world(folder / "files")
    db.migrate(engine)
    with db.writing(engine) as connection:
        catalogue.start_register(connection, files, HARM)
    return build(SmallWorld(engine, files, folder))
