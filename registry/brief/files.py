"""The brief of a place as a file: HTML, Word or Excel."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import Connection

from registry.brief.content import write_brief
from registry.brief.document import Document
from registry.brief.excel import write_xlsx
from registry.brief.html import write_html
from registry.brief.word import write_docx
from registry.errors import UsageError
from registry.export import describe_nature
from registry.language import N_, Series, language
from registry.measures.grouping import POWER_DIMENSIONS, UNIT_DIMENSIONS
from registry.profile import find_place, read_profile
from registry.questions import NamesOf
from registry.remarks import read_remarks
from registry.snapshot import Snapshot
from registry.window import Window

WRITERS: dict[str, Callable[[Path, Document], None]] = {
    ".html": write_html,
    ".docx": write_docx,
    ".xlsx": write_xlsx,
}


def check_ending(path: Path) -> None:
    """Raises UsageError for a file name of no known format."""
    if path.suffix.lower() not in WRITERS:
        raise UsageError(
            N_("{file}：文件名要以 {endings} 结尾"), file=path.name, endings=Series(WRITERS)
        )


def brief_of(connection: Connection, snapshot: Snapshot, code: str, window: Window) -> Document:
    """The brief of a district or unit; raises RegistryError where there is no such place."""
    place = find_place(snapshot.catalogue, code)
    units = snapshot.catalogue.units.set_index("code")
    return write_brief(
        read_profile(snapshot, place, window),
        all_names(snapshot),
        snapshot,
        read_remarks(connection, units.loc[code, "district_code"], snapshot.known),
        notice=describe_nature(snapshot) if snapshot.synthetic else "",
    )


def all_names(snapshot: Snapshot) -> NamesOf:
    """Dimension → code → name in the language spoken at the moment, topics among them."""
    dimensions = (*UNIT_DIMENSIONS, *POWER_DIMENSIONS, "topic")
    return {name: snapshot.catalogue.names(name, language()) for name in dimensions}
