"""A browser without a screen: what Streamlit's own front end says and hears, over its websocket.

In: the address of a running dashboard. Out: of each run of a page how long it took from the
question to its last message, how much came, and what was wrong with it. What a person could
click stands in `links`, `buttons` and `widgets`.

As the front end does it: a new page is asked for with no widget states, by its path at first and
by its hash from then on; a widget touched sends the states of all widgets of the page; the address
follows what the page writes. Messages that the server knows the browser to have kept come as
references (`ref_hash`); which ones it kept it says with each question.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

TIMEOUT = 30.0
HOME = "overview"
"""What the page is called that has no path."""

SIDE_BAR = 1
"""First part of the place of what stands in the side bar."""
TEXTS = {"text_input", "text_area"}
ONE_OF = {"selectbox", "radio"}
WIDGETS = {*TEXTS, *ONE_OF, "multiselect", "button_group", "date_input", "slider"}


@dataclass(frozen=True)
class Widget:
    """key: the filter's name in the address. options: what can be chosen, as it is written.
    is_said: the page says what is chosen; otherwise the browser keeps what it has."""

    id: str
    key: str
    kind: str
    options: tuple[str, ...]
    state: WidgetState
    is_said: bool


@dataclass(frozen=True)
class Link:
    """aside: in the side bar."""

    page: str
    page_hash: str
    query: str
    aside: bool


@dataclass
class Run:
    """One run of a page as its reader saw it. seconds: until its last message; first: until its
    first one. references: messages that came as the hash of one that the browser had kept."""

    page: str
    began: float
    seconds: float = 0.0
    first: float = 0.0
    messages: int = 0
    elements: int = 0
    references: int = 0
    bytes: int = 0
    wrong: list[str] = field(default_factory=list)


class Browser:
    """One tab. Raises nothing for what goes wrong with a page: that stands in its `Run.wrong`."""

    def __init__(self, address: str, socket: Any, locale: str) -> None:
        self._address, self._socket, self._locale = address, socket, locale
        self._kept: dict[str, ForwardMsg] = {}
        self._states: dict[str, WidgetState] = {}
        self._hash, self._is_lost = "", False
        self.page, self.query = "", ""
        self.links: list[Link] = []
        self.buttons: dict[str, str] = {}
        self.widgets: dict[str, Widget] = {}
        self.titles: list[str] = []

    async def open(self, page: str, **query: str) -> Run:
        """By its address, as a bookmark does; the page may be another one than before."""
        self.page, self.query, self._hash = page, urlencode(query), ""
        return await self._ask(page_name=page)

    async def follow(self, link: Link) -> Run:
        self.page, self.query, self._hash = link.page, link.query, link.page_hash
        return await self._ask()

    async def follow_history(self, page: str, page_hash: str, query: str) -> Run:
        """A link in a table, Back or Forward: the address changes and the page follows it."""
        self.page, self.query, self._hash = page, query, page_hash
        return await self._ask(is_history_navigation=True)

    async def choose(self, widget: Widget, values: Iterable[str]) -> Run:
        """Touch a widget; all others of the page are sent as they stand."""
        self._states[widget.id] = _with_texts(widget.state, values)
        return await self._ask(self._states.values())

    async def press(self, button: str) -> Run:
        """button: its id."""
        pressed = WidgetState(id=button, trigger_value=True)
        return await self._ask([*self._states.values(), pressed])

    @property
    def is_open(self) -> bool:
        """Whether anything more can be asked in this tab."""
        return not self._is_lost

    @property
    def where(self) -> tuple[str, str, str]:
        """What `follow_history` takes to come back here."""
        return self.page, self._hash, self.query

    async def _ask(self, states: Iterable[WidgetState] = (), **asked: Any) -> Run:
        question = BackMsg()
        client = question.rerun_script
        client.query_string, client.page_script_hash = self.query, self._hash
        client.widget_states.widgets.extend(states)
        client.cached_message_hashes.extend(self._kept)
        context = client.context_info
        context.timezone, context.locale = "Asia/Shanghai", self._locale
        context.timezone_offset, context.color_scheme = -480, "light"
        context.url = f"{self._address}/{self.page}"
        for name, value in asked.items():
            setattr(client, name, value)
        return await self._hear(question.SerializeToString())

    async def _hear(self, question: bytes) -> Run:
        start = time.perf_counter()
        run = Run(self.page or HOME, start)
        shown: dict[tuple[int, ...], Any] = {}
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._socket.send(question)
                while not self._take(await self._socket.recv(), run, shown):
                    pass
        except (TimeoutError, websockets.ConnectionClosed) as error:
            self._is_lost = True
            run.wrong.append(str(error) or f"no end after {TIMEOUT:.0f} s")
        run.seconds, run.elements = time.perf_counter() - start, len(shown)
        self._see(shown, run)
        return run

    def _take(self, data: bytes, run: Run, shown: dict[tuple[int, ...], Any]) -> bool:
        """Note a message; whether it was the last one of the run."""
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        run.first = run.first or time.perf_counter() - run.began
        run.messages += 1
        run.bytes += len(data)
        if kind == "ref_hash":
            message, kind = self._dereference(message, run)
        elif message.metadata.cacheable:
            self._kept[message.hash] = message
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            shown[tuple(message.metadata.delta_path)] = message.delta.new_element
        elif kind in NOTED:
            NOTED[kind](self, message, run)
        return kind == "script_finished" and message.script_finished != EARLY

    def _dereference(self, message: ForwardMsg, run: Run) -> tuple[ForwardMsg, str]:
        run.references += 1
        kept = self._kept.get(message.ref_hash)
        if kept is None:
            run.wrong.append(f"reference to nothing: {message.ref_hash}")
            return ForwardMsg(), ""
        found = ForwardMsg()
        found.CopyFrom(kept)
        found.metadata.CopyFrom(message.metadata)
        return found, "delta"

    def _note_session(self, message: ForwardMsg, run: Run) -> None:
        self._hash = message.new_session.page_script_hash

    def _note_navigation(self, message: ForwardMsg, run: Run) -> None:
        self._hash = message.navigation.page_script_hash or self._hash

    def _note_address(self, message: ForwardMsg, run: Run) -> None:
        self.query = message.page_info_changed.query_string

    def _note_missing(self, message: ForwardMsg, run: Run) -> None:
        run.wrong.append(f"no such page: {message.page_not_found.page_name}")

    def _note_event(self, message: ForwardMsg, run: Run) -> None:
        if message.session_event.HasField("script_compilation_exception"):
            run.wrong.append(message.session_event.script_compilation_exception.message)

    def _see(self, shown: dict[tuple[int, ...], Any], run: Run) -> None:
        """What of a page can be read and clicked."""
        self.links, self.buttons, self.widgets, self.titles = [], {}, {}, []
        for path, element in shown.items():
            kind = element.WhichOneof("type")
            drawn = getattr(element, kind)
            if kind == "exception":
                run.wrong.append(f"exception: {drawn.type} {drawn.message}")
            elif kind == "alert" and drawn.format == Alert.ERROR:
                run.wrong.append(f"error: {drawn.body}")
            elif kind == "page_link":
                aside = path[0] == SIDE_BAR
                link = Link(drawn.page, drawn.page_script_hash, drawn.query_string, aside)
                self.links.append(link)
            elif kind == "button" and not drawn.is_form_submitter:
                self.buttons[_key(drawn.id)] = drawn.id
            elif kind == "heading" and drawn.tag == "h1":
                self.titles.append(drawn.body)
            elif kind in WIDGETS:
                self.widgets[_key(drawn.id)] = _widget(drawn, kind)
        kept = self._states
        self._states = {
            one.id: one.state if one.is_said else kept.get(one.id, one.state)
            for one in self.widgets.values()
        }


EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN
NOTED = {
    "new_session": Browser._note_session,
    "navigation": Browser._note_navigation,
    "page_info_changed": Browser._note_address,
    "page_not_found": Browser._note_missing,
    "session_event": Browser._note_event,
}


def _key(identity: str) -> str:
    """`$$ID-<hash>-<key>`: the key, '' where the page gave none."""
    return identity.split("-", 2)[2]


def _widget(drawn: Any, kind: str) -> Widget:
    """A widget of a page, with the state that the front end keeps of it when it first draws it."""
    options = tuple(getattr(one, "content", one) for one in getattr(drawn, "options", ()))
    state = WidgetState(id=drawn.id)
    if kind in TEXTS:
        state.string_value = drawn.value if drawn.set_value else drawn.default
    elif kind == "slider" and not options:
        state.double_array_value.data.extend(drawn.value if drawn.set_value else drawn.default)
    elif kind in ONE_OF:
        state.string_value = "".join(_chosen(drawn, options))
    else:
        state.string_array_value.data.extend(_chosen(drawn, options))
    said = bool(drawn.set_value)
    return Widget(drawn.id, _key(drawn.id), kind, options, state, said)


def _chosen(drawn: Any, options: tuple[str, ...]) -> list[str]:
    """The page says what is chosen in words, if it says so, or by the places of the defaults."""
    if not drawn.set_value:
        given = drawn.default
        return [options[int(place)] for place in _listed(given)] if options else list(given)
    names = ("raw_values", "raw_value", "value")
    return _listed(next(getattr(drawn, name) for name in names if hasattr(drawn, name)))


def _listed(given: Any) -> list[Any]:
    return [given] if isinstance(given, int | str) else list(given)


def _with_texts(state: WidgetState, values: Iterable[str]) -> WidgetState:
    """The same widget's state with other values, of the same type."""
    changed, chosen = WidgetState(id=state.id), list(values)
    if state.WhichOneof("value") == "double_array_value":
        changed.double_array_value.data.extend(map(float, chosen))
    elif state.WhichOneof("value") == "string_array_value":
        changed.string_array_value.data.extend(chosen)
    else:
        changed.string_value = "".join(chosen)
    return changed


@asynccontextmanager
async def browsing(address: str, locale: str = "zh-CN") -> AsyncIterator[Browser]:
    """A new tab on the dashboard at http://…; nothing is open in it yet."""
    address = address.rstrip("/")
    parts = urlsplit(address)
    socket = f"ws://{parts.netloc}{parts.path}/_stcore/stream"
    asked = {"subprotocols": ["streamlit"], "origin": f"http://{parts.netloc}"}
    async with websockets.connect(socket, **asked, max_size=None, proxy=None) as connected:
        yield Browser(address, connected, locale)
