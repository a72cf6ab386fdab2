"""What a person does next on the dashboard: the pages of the register, read as its readers do.

In: a browser with a page open, random numbers. Out: one click, as a `Run`. A walk goes from page
to page by the side bar, narrows what it sees by filters and by the page's own links to districts
and departments, opens single powers, looks at whole and half years, tries limits, goes back. It
never writes: forms are left alone.
"""

from collections.abc import Awaitable, Callable
from random import Random

from benchmarks.browser import Browser, Run, Widget

HOME = ""
"""The path of the overview."""

PAGES = {
    HOME: 2,
    "exercise": 3,
    "powers": 2,
    "staffing": 1,
    "review": 1,
    "adjustment": 1,
    "district": 2,
    "methods": 1,
}
"""How often each is gone to, of all the times that a page is."""

POWERS = ("UM001", "UM042", "UM117", "WA003", "HE005")
SEARCHED = ("占道", "噪声", "垃圾", "排水", "许可", "")
FILTERS = {"_window", "from", "to", "district", "unit", "department", "domain", "kind"}
FILTERS |= {"aggregate", "basis", "k", "what_if"}
YEAR, HALF_YEAR = 12, 6


class Person:
    """One reader with a tab of their own; what they do follows from `random` alone."""

    def __init__(self, browser: Browser, random: Random) -> None:
        self.browser, self.random = browser, random
        self.behind: list[tuple[str, str, str]] = []

    async def arrive(self) -> Run:
        """By a bookmark; every tenth reads English."""
        language = {"lang": "en"} if self.random.random() < 0.1 else {}
        return await self.browser.open(self._page(), **language)

    async def click(self) -> Run:
        """One thing that can be done on the page as it stands."""
        where = self.browser.where
        wishes = self.random.choices(list(WISHES), list(WISHES.values()), k=len(WISHES))
        offers = (wish(self) for wish in [*wishes, Person.turn])
        run = await next(offer for offer in offers if offer is not None)
        if self.browser.where != where:
            self.behind = [*self.behind[-9:], where]
        return run

    def turn(self) -> Awaitable[Run] | None:
        """To another page by the side bar, with the filters that stand."""
        links = {link.page: link for link in self.browser.links if link.aside}
        page = self._page()
        return self.browser.follow(links[page]) if page in links else self.browser.open(page)

    def filter(self) -> Awaitable[Run] | None:
        widgets = [w for w in self.browser.widgets.values() if w.key in FILTERS and w.options]
        if not widgets:
            return None
        widget = self.random.choice(widgets)
        return self.browser.choose(widget, VALUES[widget.kind](self, widget))

    def search(self) -> Awaitable[Run] | None:
        box = self.browser.widgets.get("search")
        return self.browser.choose(box, [self.random.choice(SEARCHED)]) if box else None

    def drill(self) -> Awaitable[Run] | None:
        """Narrow to a district or department by one of the page's own links, or take that back."""
        buttons = [one for key, one in self.browser.buttons.items() if key.startswith("narrow ")]
        links = [link for link in self.browser.links if not link.aside and link.page in PAGES]
        if not buttons and not links:
            return None
        found = self.random.choice([*buttons, *links])
        return self.browser.press(found) if isinstance(found, str) else self.browser.follow(found)

    def open_power(self) -> Awaitable[Run] | None:
        """A link in the list of powers."""
        page, page_hash, query = self.browser.where
        if page not in ("powers", "adjustment") or "power=" in query:
            return None
        named = "&".join(part for part in (query, f"power={self.random.choice(POWERS)}") if part)
        return self.browser.follow_history(page, page_hash, named)

    def try_limit(self) -> Awaitable[Run] | None:
        """One of the sliders over limits, a fifth lower or higher than what is saved."""
        sliders = [w for w in self.browser.widgets.values() if w.key.startswith("try ")]
        if not sliders:
            return None
        widget = self.random.choice(sliders)
        saved = widget.state.double_array_value.data[0]
        return self.browser.choose(widget, [str(saved * self.random.choice((0.8, 1.2)))])

    def go_back(self) -> Awaitable[Run] | None:
        return self.browser.follow_history(*self.behind.pop()) if self.behind else None

    def _page(self) -> str:
        return self.random.choices(list(PAGES), list(PAGES.values()))[0]

    def _one(self, widget: Widget) -> list[str]:
        return [self.random.choice(widget.options)]

    def _one_or_all(self, widget: Widget) -> list[str]:
        return [] if self.random.random() < 0.3 else self._one(widget)

    def _months(self, widget: Widget) -> list[str]:
        """Both ends of a year or half a year."""
        length = min(self.random.choice((YEAR, HALF_YEAR)), len(widget.options))
        first = self.random.randrange(0, len(widget.options) - length + 1, HALF_YEAR)
        return [widget.options[first], widget.options[first + length - 1]]

    def _month(self, widget: Widget) -> list[str]:
        """One end of the window, on its side of the other one."""
        other = self.browser.widgets["to" if widget.key == "from" else "from"]
        place = widget.options.index(other.state.string_value)
        if widget.key == "from":
            return [self.random.choice(widget.options[: place + 1][::HALF_YEAR])]
        return [self.random.choice(widget.options[place:][::-HALF_YEAR])]


WISHES: dict[Callable[[Person], Awaitable[Run] | None], int] = {
    Person.turn: 45,
    Person.filter: 25,
    Person.drill: 12,
    Person.open_power: 6,
    Person.search: 3,
    Person.try_limit: 4,
    Person.go_back: 5,
}
"""How often each is done, of a hundred clicks; what a page does not offer is made up for."""

VALUES: dict[str, Callable[[Person, Widget], list[str]]] = {
    "multiselect": Person._one_or_all,
    "button_group": Person._one,
    "slider": Person._months,
    "selectbox": Person._month,
}
