"""The file a clerk brings: kept for the session, shown as it was read, declared on the page.

In: an upload. Out: an `Order`, what is to be imported and how. The bytes lie in a folder that
only this user may open and that goes with the session.
"""

import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from registry import db
from registry.errors import RegistryError
from registry.intake.commit import NOTHING_DECLARED
from registry.intake.declaration import Declaration
from registry.intake.fields import heading_key
from registry.intake.layout import NOT_STORED, ColumnConflict
from registry.intake.preview import ColumnPreview, Preview, claims, preview
from registry.intake.routes import ROUTES
from registry.intake.worker import safe_name
from registry.language import _, language, month_name
from registry.markup import plain_text
from registry.outages import of_disk, whole_or_gone
from registry.returns import BY_DISTRICT, KINDS, USAGE_LOG
from registry.snapshot import Snapshot
from registry.ui import data
from registry.ui.intake_words import FILE_KINDS, explained, field_words, quoted
from registry.window import Window, add_months, month_of, today_in_beijing
from registry.wording import count_text, listed, window_text

HELD, PREVIEW = "_intake_upload", "_intake_preview"
PREFIX = "registry-upload-"
LONGEST_SESSION = 24 * 60 * 60
IN_A_ROW = 3
SETTLED_ELSEWHERE = {"action", "month", "district"}
YEARS_BACK, MONTHS_AHEAD = 15, 12
OPEN_MONTHS = 12


class Upload:
    """An uploaded file under a sanitised name; it is removed with the session that holds it.

    Raises Unavailable, with nothing kept, where the disk has no room for it.
    """

    def __init__(self, token: str, name: str, content: bytes) -> None:
        _remove_old()
        with of_disk():
            folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.token, self.name = token, safe_name(name)
        self.file = folder / self.name
        with whole_or_gone(folder):
            self.file.write_bytes(content)
        self.mapping: dict[str, str] = {}
        self.kind = USAGE_LOG
        _uploads.add(self)


_uploads: weakref.WeakSet[Upload] = weakref.WeakSet()


def remove_uploads() -> None:
    """Remove every upload, as when the server ends."""
    for upload in list(_uploads):
        upload.remove()


def _remove_old() -> None:
    """Remove what a server that was killed has left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < time.time() - LONGEST_SESSION:
                shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Order:
    """What is to be imported; a workbook of problems declares nothing."""

    upload: Upload
    declaration: Declaration | None

    @property
    def key(self) -> str:
        """What must be equal for an earlier dry run to speak for this import."""
        return self.upload.token + (self.declaration.key() if self.declaration else "")


def take_upload() -> Upload | None:
    """The file in the uploader, kept on disk for this session."""
    limit = st.get_option("server.maxUploadSize")
    given = st.file_uploader(_("执法台账、月度报表或改好的问题工作簿"), key="log")
    st.caption(
        _(
            "CSV、XLSX、XLS、ODS 等表格，最大 {limit} MB；没有对应字段的列（如姓名）不会存储。"
        ).format(limit=limit)
    )
    held: Upload | None = st.session_state.get(HELD)
    if held and (given is None or held.token != given.file_id):
        held.remove()
        held = None
    if given and not held:
        with explained():
            held = Upload(given.file_id, given.name, given.getvalue())
    st.session_state[HELD] = held
    return held


def take_order(snapshot: Snapshot, upload: Upload) -> Order | None:
    """Show how the file was read and ask what it is; None until that is settled."""
    _choose_kind(upload)
    with explained():
        try:
            found = _preview(snapshot, upload)
        except ColumnConflict as conflict:
            _explain_conflict(snapshot, upload, conflict)
            _map_columns(snapshot, upload, _claims(upload))
            return None
        _show_reading(upload, found)
        if found.is_problem_book:
            st.info(_("这是问题工作簿：区和月份按原批次，无需申报，可直接试运行。"))
            return Order(upload, None)
        columns = [column for sheet in found.sheets for column in sheet.columns]
        _map_columns(snapshot, upload, columns)
        declaration = _declare(snapshot, upload, found)
        return Order(upload, declaration) if declaration else None
    return None


def _choose_kind(upload: Upload) -> None:
    """What the file is; its columns are read anew for another kind."""
    key = f"kind {upload.token}"
    st.session_state[key] = upload.kind
    st.selectbox(
        _("文件种类"),
        KINDS,
        format_func=lambda kind: _(FILE_KINDS[kind]),
        help=_("改好的问题工作簿不用选。"),
        key=key,
        on_change=_take_kind,
        args=(upload, key),
    )


def _take_kind(upload: Upload, key: str) -> None:
    upload.kind = st.session_state[key]
    upload.mapping.clear()


def _claims(upload: Upload) -> tuple[ColumnPreview, ...]:
    with db.reading() as connection:
        return claims(connection, upload.file, _draft(upload))


def _draft(upload: Upload) -> Declaration:
    """How the columns are read, before anything is declared."""
    return Declaration((), NOTHING_DECLARED.window, mapping=upload.mapping, kind=upload.kind)


def _preview(snapshot: Snapshot, upload: Upload) -> Preview:
    """Read once per file, mapping and revision: a rerun for a click must not read it again."""

    def read() -> Preview:
        with st.spinner(_("正在读取文件…")), db.reading() as connection:
            return preview(connection, upload.file, _draft(upload))

    mapping = tuple(sorted(upload.mapping.items()))
    key = (upload.token, upload.kind, mapping, snapshot.revision)
    return _remembered(key, read)


def _remembered(key: tuple[Any, ...], compute: Callable[[], Preview]) -> Preview:
    """The last preview, or the last refusal, of this session."""
    if st.session_state.get(PREVIEW, (None,))[0] != key:
        try:
            outcome: Preview | RegistryError = compute()
        except RegistryError as error:
            outcome = error
        st.session_state[PREVIEW] = (key, outcome)
    outcome = st.session_state[PREVIEW][1]
    if isinstance(outcome, RegistryError):
        raise outcome
    return outcome


def _explain_conflict(snapshot: Snapshot, upload: Upload, conflict: ColumnConflict) -> None:
    st.error(
        _("{headings}几列都对应「{field}」：请只留一列，其余改选「不存储」。").format(
            headings=quoted(conflict.headings),
            field=field_words(conflict.field, upload.kind, snapshot.catalogue),
        )
    )


def _show_reading(upload: Upload, found: Preview) -> None:
    """Format, encoding and where the header stands, in a few sentences."""
    parts = [found.format.upper(), found.encoding]
    st.markdown(
        _("「{name}」（{format}）：{rows} 行数据，另略过 {skipped} 行。").format(
            name=plain_text(upload.name),
            format=plain_text(" ".join(part for part in parts if part)),
            rows=count_text(found.rows),
            skipped=count_text(found.skipped),
        )
    )
    headers = [
        _("「{sheet}」表头在第 {row} 行").format(sheet=plain_text(sheet.name), row=sheet.header_row)
        for sheet in found.sheets
    ]
    st.caption(_("工作表：{headers}。").format(headers=listed(headers)))
    if found.unread_sheets:
        names = quoted(found.unread_sheets)
        st.caption(_("没有认得的表头、不读取的工作表：{names}。").format(names=names))


def _map_columns(snapshot: Snapshot, upload: Upload, columns: Iterable[ColumnPreview]) -> None:
    """A box per heading: the field its column is stored as, or none."""
    kept: dict[str, ColumnPreview] = {}
    for column in columns:
        key = heading_key(column.heading)
        if key and (key not in kept or kept[key].field is None):
            kept[key] = column
    stored = [column for column in kept.values() if column.field]
    others = [column for column in kept.values() if not column.field]
    st.markdown(_("**各列对应的字段**"))
    _boxes(snapshot, upload, stored)
    if others:
        expected = {*ROUTES[upload.kind].form(snapshot.catalogue).needed}
        expected |= {"power"} if upload.kind == USAGE_LOG else set()
        # A file may do without these; the declaration settles them.
        lacks = not expected <= {column.field for column in stored} | SETTLED_ELSEWHERE
        with st.expander(_("不存储的列（{count}）").format(count=len(others)), expanded=lacks):
            _boxes(snapshot, upload, others)


def _boxes(snapshot: Snapshot, upload: Upload, columns: list[ColumnPreview]) -> None:
    for start in range(0, len(columns), IN_A_ROW):
        for place, column in zip(
            st.columns(IN_A_ROW), columns[start : start + IN_A_ROW], strict=False
        ):
            with place:
                _box(snapshot, upload, column)


def _box(snapshot: Snapshot, upload: Upload, column: ColumnPreview) -> None:
    key = f"column {upload.token} {heading_key(column.heading)}"
    # What the file's other columns leave of a choice decides what is shown.
    st.session_state[key] = column.field or NOT_STORED
    st.selectbox(
        quoted([column.heading]),
        [NOT_STORED, *ROUTES[upload.kind].form(snapshot.catalogue).fields],
        format_func=lambda field: _box_words(snapshot, upload, field),
        key=key,
        on_change=_take_field,
        args=(upload, column.heading, key),
    )
    if column.samples:
        st.caption(_("如{samples}").format(samples=quoted(column.samples)))


def _box_words(snapshot: Snapshot, upload: Upload, field: str) -> str:
    return field_words(field, upload.kind, snapshot.catalogue) if field else _("不存储")


def _take_field(upload: Upload, heading: str, key: str) -> None:
    upload.mapping[heading] = st.session_state[key]


def _declare(snapshot: Snapshot, upload: Upload, found: Preview) -> Declaration | None:
    """Districts, months and the rest; proposed from the rows, decided by the clerk."""
    st.markdown(_("**申报**"))
    place, time = st.columns(2)
    with place:
        districts = _districts(snapshot, upload, found)
        units = () if upload.kind in BY_DISTRICT else _units(snapshot, upload, districts)
    with time:
        window = _months(upload, found)
        constants = _constants(snapshot, upload, found) if upload.kind == USAGE_LOG else {}
    replace = _replace(upload)
    draft = Declaration(districts, window or NOTHING_DECLARED.window, kind=upload.kind)
    lacking = _lacking(snapshot, found, draft, constants)
    lacking += [] if districts else [_("区")]
    lacking += [] if window else [_("先后相符的起止月份")]
    if lacking:
        st.info(_("还缺：{what}。补齐后可以试运行。").format(what=listed(lacking)))
        return None
    assert window is not None
    mapping = dict(upload.mapping)
    return Declaration(
        districts, window, units, mapping, constants, replace=replace, kind=upload.kind
    )


def _replace(upload: Upload) -> bool:
    """Whether what the file no longer has ends; asked in the words of its kind."""
    is_log = upload.kind == USAGE_LOG
    label = _("以本文件为准：文件中没有的案件一并终止")
    warning = _("所申报单位和月份内，已登记而本文件没有的案件都会终止；试运行会列出是哪些案件。")
    if not is_log:
        label = _("以本文件为准：文件中没有的行一并终止")
        warning = _("所申报单位和月份内，已登记而本文件没有的行都会终止；试运行会列出是哪些行。")
    replace = st.checkbox(label, key=f"replace {upload.token}")
    if replace:
        st.warning(warning)
    return replace


def _lacking(
    snapshot: Snapshot, found: Preview, draft: Declaration, constants: dict[str, str]
) -> list[str]:
    """Columns without which no row could be accepted."""
    present = {column.field for sheet in found.sheets for column in sheet.columns}
    present |= {field for sheet in found.sheets for field in sheet.constants}
    settled = present | set(constants) | draft.settled
    return [
        _("「{field}」一列").format(field=field_words(field, draft.kind, snapshot.catalogue))
        for field in ROUTES[draft.kind].form(snapshot.catalogue).needed
        if found.rows and field not in settled
    ]


def _districts(snapshot: Snapshot, upload: Upload, found: Preview) -> tuple[str, ...]:
    names = data.names(snapshot)["district"]
    chosen = st.multiselect(
        _("申报的区"),
        list(names),
        default=found.proposal.districts,
        format_func=lambda code: names[code],
        placeholder=_("请选择"),
        help=_("按各行的执法单位提出，请核对。"),
        key=f"declared district {upload.token} {'+'.join(found.proposal.districts)}",
    )
    return tuple(chosen)


def _units(snapshot: Snapshot, upload: Upload, districts: tuple[str, ...]) -> tuple[str, ...]:
    names = data.names(snapshot)["unit"]
    chosen = st.multiselect(
        _("只申报这些单位（可不选）"),
        units_of(snapshot, districts),
        format_func=lambda code: names[code],
        placeholder=_("所选区的全部街道、乡镇"),
        key=f"declared units {upload.token} {'+'.join(districts)}",
    )
    return tuple(chosen)


def units_of(snapshot: Snapshot, districts: tuple[str, ...]) -> list[str]:
    """The units of these districts, of all where none is given."""
    units = snapshot.catalogue.units
    rows = units[units["unit_kind"].ne("district")]
    if districts:
        rows = rows[rows["district_code"].isin(districts)]
    return rows["code"].tolist()


def _months(upload: Upload, found: Preview) -> Window | None:
    """First and last month; None where they are the wrong way round."""
    this_month = month_of(today_in_beijing())
    earliest = add_months(this_month, -12 * YEARS_BACK)
    span = Window(earliest, add_months(this_month, MONTHS_AHEAD))
    proposed = found.proposal.window or Window(add_months(this_month, -1), this_month)
    ends = [min(max(month, span.first), this_month) for month in (proposed.first, proposed.last)]
    boxes = st.columns(2)
    labels = (_("申报的起始月"), _("申报的截止月"))
    first, last = (
        box.selectbox(
            label,
            span.months,
            index=span.months.index(month),
            format_func=month_name,
            help=_("按各行的日期提出，请核对；申报的月份里没有案件的单位记为零报告。"),
            key=f"declared {number} {upload.token} {found.proposal.window}",
        )
        for number, (box, label, month) in enumerate(zip(boxes, labels, ends, strict=True))
    )
    return Window(first, last) if first <= last else None


def _constants(snapshot: Snapshot, upload: Upload, found: Preview) -> dict[str, str]:
    """The kind of enforcement of all rows, asked for where a sheet does not say it."""
    if all(_says_action(sheet.columns, sheet.constants) for sheet in found.sheets):
        return {}
    words = snapshot.catalogue.words("action", language())
    chosen = st.selectbox(
        _("文件没有执法类型一列：全部案件都是"),
        list(words),
        index=None,
        format_func=lambda code: words[code],
        placeholder=_("请选择"),
        key=f"action {upload.token}",
    )
    return {"action": chosen} if chosen else {}


def _says_action(columns: Iterable[ColumnPreview], constants: dict[str, str]) -> bool:
    return "action" in constants or any(column.field == "action" for column in columns)


def order_text(snapshot: Snapshot, declaration: Declaration) -> str:
    """What is declared, in one sentence to be read before a click."""
    names = data.names(snapshot)["district"]
    return _("申报：{districts}，{window}。").format(
        districts=listed(names[code] for code in declaration.districts),
        window=window_text(declaration.window),
    )
