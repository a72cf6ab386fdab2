"""All districts of a folder on a Dask cluster, one task each.

In: the address of a scheduler, a source and where results go. Out: a record of each district, in
the order in which they are done. The work of a worker that is lost is given to another.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Engine

from registry.access import scope, subject
from registry.cluster.load import LOAD
from registry.db import reading
from registry.errors import RegistryError
from registry.language import N_

if TYPE_CHECKING:
    from distributed import Client, Future

FAILED = "failed"
REFERENCE = ".reference"
SECONDS_TO_CONNECT = 10
LOST = N_("处理它的工作进程接连中止；多半是内存不足，请看工作进程的日志")

Record = dict[str, Any]
NOTHING_DONE: Record = {"state": FAILED, "digest": "", "counts": {}, "files": [], "seconds": None}


def roll_up(
    client: "Client", source: Path, out: Path, *, today: date, on: Engine | None = None
) -> Iterator[Record]:
    """What became of each district: `district`, `state` (made, kept, failed), `digest`, `counts`,
    `files`, `seconds`, `error` (a Text where it failed).

    What the register knows now, its catalogue and holdings, is written beside the results. Raises
    RegistryError for a source in which there is nothing to do.
    """
    from distributed import as_completed

    from registry.cluster.district import Order, roll_up_district
    from registry.cluster.reference import write_reference
    from registry.cluster.source import districts_in

    scope().check(LOAD)
    source, out = source.absolute(), out.absolute()
    districts = districts_in(source)
    with reading(on) as connection:
        reference = write_reference(connection, out / REFERENCE, subject())
    common = {"source": str(source), "out": str(out), "reference": str(reference)}
    orders = [Order(district, **common, today=today.isoformat()) for district in districts]
    # The largest come first, so that none of them is left alone at the end.
    names = {
        client.submit(roll_up_district, order, pure=False, priority=-place): order.district
        for place, order in enumerate(orders)
    }
    for future in as_completed(list(names), loop=client.loop):
        yield _record(names[future], future)


def _record(district: str, future: "Future") -> Record:
    """A task's answer; its RegistryError is told, anything else it raises is a bug."""
    from distributed import KilledWorker

    error = future.exception()
    if isinstance(error, KilledWorker):
        error = RegistryError(LOST)
    if isinstance(error, RegistryError):
        return NOTHING_DONE | {"district": district, "error": error.text}
    return future.result() | {"error": None}


@contextmanager
def connected(scheduler: str) -> Iterator["Client"]:
    """A client of the cluster behind this address, such as tcp://10.0.0.1:8786.

    Raises RegistryError where Dask is not installed or nobody answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise RegistryError(
            N_("没有安装 Dask；请安装附加依赖 cluster，如 pip install '.[cluster]'")
        ) from None
    try:
        client = Client(scheduler, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RegistryError(
            N_("联系不上调度器 {address}（{error}）；请检查地址，并先运行 dask scheduler"),
            address=scheduler,
            error=error,
        ) from None
    with client:
        yield client
