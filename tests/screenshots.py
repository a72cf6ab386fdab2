"""Every page as a picture, to be looked at: python tests/screenshots.py [FOLDER] (make screenshots).

1400 and 400 pixels, both languages, light and dark; the register is that of REGISTRY_DATABASE_URL.
SHOTS=zh-light in the environment takes only the pictures whose names contain it.
"""

import os
import sys
import tempfile
from itertools import product
from pathlib import Path

from live_site import Reader, chromium, serving

from registry.settings import settings

VIEWS = {
    "overview": "",
    "exercise": "exercise",
    "exercise-district": "exercise?district=110105",
    "exercise-department": "exercise?department=water_affairs",
    "powers": "powers",
    "power": "powers?power=WA008",
    "intake": "intake",
    "methods": "methods",
}


def address(view: str, language: str) -> str:
    if language == "zh":
        return view
    return f"{view}{'&' if '?' in view else '?'}lang={language}"


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    wrong = []
    kinds = product(("zh", "en"), ("light", "dark"), (1400, 400))
    wanted = os.environ.get("SHOTS", "")
    with (
        tempfile.TemporaryDirectory() as elsewhere,
        serving(settings().database_url, Path(elsewhere)) as site,
        chromium() as browser,
    ):
        for language, scheme, width in kinds:
            reader = Reader(browser, width, scheme)
            for name, view in VIEWS.items():
                picture = f"{name}-{language}-{scheme}-{width}.png"
                if wanted not in picture:
                    continue
                reader.visit(site + address(view, language))
                reader.page.wait_for_timeout(500)
                reader.save(folder / picture)
                print(folder / picture, flush=True)  # noqa: T201
            reader.context.close()
            wrong += reader.wrong
    for line in dict.fromkeys(wrong):
        print(line, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")))
