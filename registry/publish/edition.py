"""What is published: the register as the public sees it, as known at an act, over a window."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import models
from registry.access import scope
from registry.db import table
from registry.errors import RegistryError
from registry.freezes import Frozen, read_freeze
from registry.known import recorded_at
from registry.language import N_
from registry.maps import DistrictMap, read_map
from registry.reported import read_reported
from registry.settings import ROOT
from registry.snapshot import Snapshot, read_snapshot, seen_by
from registry.window import Window, add_months

SHIPPED_MAP = ROOT / "data" / "beijing_districts.geojson"


@dataclass(frozen=True)
class Edition:
    """at: when the newest act that is used was recorded; freeze: the name of a round, or ''.

    reported: figures of public documents by key, as in the table; own_map: whether the map is
    another than the shipped one.
    """

    snapshot: Snapshot
    window: Window
    at: datetime | None
    reported: pd.DataFrame
    shapes: DistrictMap | None
    own_map: bool
    freeze: str = ""

    @property
    def as_of(self) -> date:
        return self.window.end - timedelta(days=1)

    @property
    def year(self) -> Window:
        """Twelve months, which dormancy wants, that end as the window does."""
        return Window(add_months(self.window.last, -11), self.window.last)

    @property
    def whole(self) -> Window:
        """From the first month with a usage log to the last."""
        snapshot = self.snapshot
        return Window(
            snapshot.first_returned or self.window.first, snapshot.last_returned or self.window.last
        )


def read_edition(connection: Connection, today: date, freeze: str = "") -> Edition:
    """The edition of now, or of a freeze. Raises RegistryError where nothing was returned."""
    frozen = read_freeze(connection, freeze) if freeze else None
    snapshot = seen_by(scope(), read_snapshot(connection, frozen.known if frozen else None))
    if snapshot.last_returned is None:
        raise RegistryError(N_("台账里还没有任何执法台账的报送，没有可以发布的数"))
    return Edition(
        snapshot=snapshot,
        window=_window(snapshot, today, frozen),
        at=recorded_at(connection, snapshot.revision),
        reported=read_reported(connection),
        shapes=read_map(connection),
        own_map=_is_own_map(connection),
        freeze=freeze,
    )


def _window(snapshot: Snapshot, today: date, frozen: Frozen | None) -> Window:
    return frozen.window if frozen else snapshot.last_12_months(today)


def _is_own_map(connection: Connection) -> bool:
    shape = table(models.Document)
    query = sa.select(shape.c.content).where(shape.c.name == "district_map")
    return connection.scalar(query) != SHIPPED_MAP.read_text(encoding="utf-8")
