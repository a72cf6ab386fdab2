"""Sums over groups, however wide the table is: each against adding it up by itself."""

import numpy as np
import pytest
from builders import E1, QUARTER, RETURNED, make_snapshot

from registry.measures.grouping import WIDE, Axis, Records
from registry.window import Window

SIZES = {
    "one group": (40,),
    "a few": (7, 1, 20, 12),
    "each by itself": (1,) * 40,
    "nothing": (),
}
WIDTHS = {"narrow": 3, "wide": 2 * WIDE}
"""Columns of a table of forty rows: as few, and far more than decide how it is added up."""


def make_axis(sizes: tuple[int, ...]) -> Axis:
    starts = np.cumsum(sizes, dtype=np.int64) - np.array(sizes, dtype=np.int64)
    labels = [(f"g{number}",) for number in range(len(sizes))]
    return Axis(np.arange(sum(sizes)), starts, labels, ("district",))


def make_table(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(rows + columns).integers(0, 3, (rows, columns)).astype(np.int32)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("columns", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("along", [0, 1])
def test_groups_are_added_up_one_by_one(sizes, columns, along):
    table = make_table(sum(sizes), columns)
    ends = np.cumsum(sizes, dtype=np.int64)
    parts = [table[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    sums = np.array([part.sum(axis=0) for part in parts]).reshape(len(sizes), columns)
    found = np.array([(part > 1).any(axis=0) for part in parts]).reshape(len(sizes), columns)
    axis = make_axis(sizes)
    turned = table if along == 0 else table.T
    added, any_of = axis.add(turned, along), axis.any(turned > 1, along)
    counted = axis.add(turned > 1, along)
    assert np.array_equal(added if along == 0 else added.T, sums)
    many = np.array([(part > 1).sum(axis=0) for part in parts]).reshape(len(sizes), columns)
    assert counted.dtype == np.int64
    assert np.array_equal(counted if along == 0 else counted.T, many)
    assert np.array_equal(any_of if along == 0 else any_of.T, found)


def test_records_stand_in_the_order_of_groups_with_their_labels():
    units, powers = (
        make_axis((2, 1)),
        Axis(np.arange(2), np.arange(2), [("p",), ("q",)], ("power",)),
    )
    records = Records(("month", "power", "district"), units, powers)
    records.add(
        ("2021-01",), np.array([[True, False], [True, True]]), value=np.arange(4).reshape(2, 2)
    )
    records.add(
        ("2021-02",), np.array([[False, False], [False, True]]), value=np.arange(4, 8).reshape(2, 2)
    )
    assert records.frame().to_numpy().tolist() == [
        ["2021-01", "p", "g0", 0],
        ["2021-01", "p", "g1", 2],
        ["2021-01", "q", "g1", 3],
        ["2021-02", "q", "g1", 7],
    ]


def test_no_records_have_their_columns():
    frame = Records(("district", "power"), make_axis((2,)), make_axis(())).frame()
    assert frame.columns.tolist() == ["district", "power"]
    assert frame.empty


@pytest.mark.parametrize(
    ("window", "months"),
    [
        (QUARTER, [True, True, True]),
        (Window(202011, 202101), [False, False, True]),
        (Window(202103, 202104), [True, False]),
        (Window(202012, 202104), [False, True, True, True, False]),
        (Window(202102, 202102), [True]),
        (Window(201901, 201902), [False, False]),
        (Window(202201, 202202), [False, False]),
    ],
    ids=str,
)
def test_facts_lie_in_their_own_months(window, months):
    snapshot = make_snapshot(returned=RETURNED)
    over = snapshot.over(snapshot.returned, window)
    first = list(snapshot.catalogue.units["code"]).index(E1)
    assert over.shape == (len(window), len(snapshot.catalogue.units))
    assert over[:, first].tolist() == months
