"""Every page as a picture, to be looked at: `make screenshots`.

    python tests/screenshots.py [FOLDER]     1400 and 400 pixels, both languages, light and dark
    python tests/screenshots.py --readme     the three pictures of the README, into docs/images

The register is that of REGISTRY_DATABASE_URL. With SHOTS=zh-light in the environment only the
pictures whose names contain it are taken.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from live_site import Reader, chromium, serving
from playwright.sync_api import Browser

from registry.settings import ROOT, settings

VIEWS = {
    "overview": "",
    "exercise": "exercise",
    "exercise-district": "exercise?district=110105",
    "exercise-department": "exercise?department=water_affairs",
    "powers": "powers",
    "power": "powers?power=WA008",
    "power-used": "powers?power=UM153",
    "staffing": "staffing",
    "staffing-district": "staffing?district=110105",
    "review": "review",
    "review-district": "review?district=110105&what_if=yes",
    "district": "district?district=110101",
    "unit": "district?district=110105&unit=110105001",
    "adjustment": "adjustment",
    "adjustment-power": "adjustment?power=UM369",
    "intake": "intake",
    "methods": "methods",
    "admin": "admin",
}
README = {"overview": 1520, "exercise": 1400, "power": 1560}
"""View → height in pixels of its picture in the README, without the side bar."""


@contextmanager
def opened() -> Iterator[tuple[str, Browser]]:
    with (
        tempfile.TemporaryDirectory() as elsewhere,
        serving(_database(), Path(elsewhere)) as site,
        chromium() as browser,
    ):
        yield site, browser


def _database() -> str:
    """The server runs in another folder, where a relative path would mean another file."""
    kind, slashes, path = settings().database_url.partition(":///")
    return kind + slashes + (str(Path(path).resolve()) if slashes and kind == "sqlite" else path)


def address(view: str, language: str) -> str:
    if language == "zh":
        return view
    return f"{view}{'&' if '?' in view else '?'}lang={language}"


def take_all(folder: Path) -> list[str]:
    wrong = []
    wanted = os.environ.get("SHOTS", "")
    kinds = product(("zh", "en"), ("light", "dark"), (1400, 400))
    with opened() as (site, browser):
        for language, scheme, width in kinds:
            reader = Reader(browser, width, scheme)
            for name, view in VIEWS.items():
                picture = f"{name}-{language}-{scheme}-{width}.png"
                if wanted in picture:
                    reader.visit(site + address(view, language))
                    reader.save(folder / picture)
                    print(folder / picture, flush=True)  # noqa: T201
            reader.context.close()
            wrong += reader.wrong
    return wrong


def take_readme(folder: Path) -> list[str]:
    with opened() as (site, browser):
        reader = Reader(browser, 1400)
        for name, height in README.items():
            reader.page.set_viewport_size({"width": 1400, "height": height + 100})
            reader.visit(site + VIEWS[name])
            reader.page.wait_for_timeout(1500)
            part = {"x": 350, "y": 100, "width": 1000, "height": height}
            reader.page.screenshot(path=folder / f"{name}.png", clip=part)
    return reader.wrong


def main() -> int:
    for_readme = "--readme" in sys.argv
    folder = ROOT / "docs" / "images" if for_readme else Path([*sys.argv, "screenshots"][1])
    folder.mkdir(parents=True, exist_ok=True)
    wrong = take_readme(folder) if for_readme else take_all(folder)
    for line in dict.fromkeys(wrong):
        print(line, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
