"""A published site as files, and a small world in which there is something to hide from it."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from posixpath import dirname, join, normpath
from typing import Any

import pandas as pd
import plain
import pyarrow.parquet as pq
from builders import (
    DYKES,
    E2,
    EAST,
    QUARTER,
    SIGNS,
    TODAY,
    W1,
    WEST,
    SmallWorld,
    make_cases,
    make_holding,
    make_holdings,
    make_powers,
    make_units,
)

from registry import db
from registry.access import VISITOR, acting
from registry.catalogue import read_catalogue
from registry.publish.site import site_files
from registry.remarks import add_remark

MANY, ALONE = 57, 41
"""Cases of one unit and one power: of E1 by LITTER, and by DYKES, which nobody else in its
district holds. No other figure is so."""

FINE, SECRET = "98765", "密案"
SAID = "本区原话"
HIDDEN = (FINE, "98,765", SECRET, SAID)
FINED = {"fine_cny": FINE, "procedure": "ordinary", "party_type": "individual"}
WITHOUT = {"power": DYKES, "scope_code": E2, "held": False}
ROWS = {
    EAST: (
        *make_cases(MANY, **FINED),
        *make_cases(2, power=SIGNS),
        *make_cases(1, unit=E2, **FINED),
        *make_cases(ALONE, power=DYKES, action="coercion", outcome=""),
    ),
    WEST: tuple(make_cases(2, unit=W1, power=DYKES, action="coercion", outcome="")),
}


def named(rows: tuple[dict[str, str], ...]) -> list[dict[str, str]]:
    """The same under numbers that are found wherever they leak."""
    return [row | {"case_no": f"{SECRET}〔2021〕{n}号"} for n, row in enumerate(rows)]


def build(world: SmallWorld) -> SmallWorld:
    """Two units of the east with cases, one of the west, whose other has returned nothing."""
    world.override(**WITHOUT)
    world.send(named(ROWS[EAST]))
    world.send(named(ROWS[WEST]), WEST, units=(W1,))
    with db.writing(world.engine) as connection:
        add_remark(connection, read_catalogue(connection), EAST, SAID, today=TODAY, actor="t")
    return world


def plain_world() -> plain.World:
    """The same for the second implementation."""
    holdings = [*make_holdings(), make_holding(**WITHOUT)]
    world = plain.World(make_units(), make_powers(), holdings, QUARTER.months)
    for district, units in ((EAST, ()), (WEST, (W1,))):
        rows = tuple(named(ROWS[district]))
        log = plain.Log(rows, (district,), QUARTER.months, units, tuple(holdings))
        world.logs.append(log)
    return world


def publish(world: SmallWorld, freeze: str = "") -> "Site":
    with acting(VISITOR), db.reading(world.engine) as connection:
        return Site({f.path: f.content for f in site_files(connection, TODAY, freeze)})


class Reading(HTMLParser):
    """Links, fragments, tags and words of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: list[str] = []
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.links += [given[name] or "" for name in ("href", "src") if name in given]
        self.names += [given["id"] or ""] if "id" in given else []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


@dataclass(frozen=True)
class Site:
    files: Mapping[str, bytes]

    @cached_property
    def pages(self) -> dict[str, Reading]:
        return {
            path: Reading(content.decode())
            for path, content in self.files.items()
            if path.endswith(".html")
        }

    @cached_property
    def package(self) -> dict[str, Any]:
        return json.loads(self.files["datapackage.json"])

    def rows(self, name: str) -> list[dict[str, str]]:
        """A CSV as texts."""
        text = self.files[f"data/{name}.csv"].decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def columns(self, name: str) -> list[str]:
        text = self.files[f"data/{name}.csv"].decode("utf-8-sig")
        return next(csv.reader(io.StringIO(text)))

    def parquet(self, path: str) -> pd.DataFrame:
        return pq.read_table(io.BytesIO(self.files[path])).to_pandas()

    def broken_links(self) -> Iterator[tuple[str, str]]:
        """(page, link) of what leads nowhere, or out of the folder."""
        for path, page in self.pages.items():
            for link in page.links:
                target, _hash, fragment = link.partition("#")
                found = normpath(join(dirname(path), target)) if target else path
                known = found in self.files and (
                    not fragment or fragment in self.pages[found].names
                )
                if link != "data:," and not known:
                    yield path, link

    def figures_of_units(self) -> Iterator[tuple[str, str]]:
        """(file, cell) of whatever a file says of one unit and one power."""
        for path, content in self.files.items():
            if path.endswith(".csv"):
                yield from self._cells(path, csv.reader(io.StringIO(content.decode("utf-8-sig"))))
            elif path.startswith("data/") and path.endswith(".json") and "schemas" not in path:
                yield from self._cells(path, json.loads(content))
            elif path.endswith(".parquet"):
                frame = self.parquet(path).astype(object)
                yield from self._cells(path, [list(frame.columns), *frame.to_numpy().tolist()])

    def _cells(self, path: str, rows: Any) -> Iterator[tuple[str, str]]:
        head, *body = rows
        wide = "power" in head and any(re.fullmatch(r"\d{9}", str(name)) for name in head)
        both = "unit" in head and "power" in head
        for row in body:
            for name, cell in zip(head, row, strict=True):
                if both or (wide and re.fullmatch(r"\d{9}", str(name))):
                    yield path, "" if cell is None else str(cell)
