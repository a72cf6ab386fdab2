"""The dashboard: whichever page is asked for. Run by `registry serve`."""

from registry import ui

ui.navigate().run()
