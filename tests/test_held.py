"""Lists are as of a day: a power counts where some unit held it then."""

from datetime import date

from builders import EAST, LITTER, WEST, make_holding, make_snapshot

from registry.measures.held import held_powers


def counts(day: date, *by: str, **world: object) -> dict[str, int]:
    frame = held_powers(make_snapshot(**world), day, by)  # type: ignore[arg-type]
    return dict(zip(frame.iloc[:, 0], frame["powers"], strict=True))


def test_nothing_is_held_before_the_first_day() -> None:
    assert counts(date(2020, 6, 30), "department") == {"urban_management": 0, "water_affairs": 0}
    assert counts(date(2020, 7, 1), "department") == {"urban_management": 2, "water_affairs": 2}


def test_a_power_that_one_unit_holds_is_on_the_list_of_its_district_only() -> None:
    holdings = [make_holding(LITTER, EAST, valid_to=date(2021, 1, 1))]
    assert counts(date(2020, 12, 31), "district", holdings=holdings) == {EAST: 1, WEST: 0}
    assert counts(date(2021, 1, 1), "district", holdings=holdings) == {EAST: 0, WEST: 0}
