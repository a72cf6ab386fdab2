"""Proposals, opinions, decisions and follow-ups on the small world, each in one call."""

from datetime import date
from typing import Any

from builders import LITTER, SmallWorld

from registry import db
from registry.adjustment.assessment import Draft, measured, propose
from registry.adjustment.decide import Order, decide
from registry.adjustment.decisions import Decided, read_decisions
from registry.adjustment.follow_up import Finding, FollowUp, follow_up, read_follow_ups
from registry.adjustment.opinion import add_opinion
from registry.adjustment.scope import Scope
from registry.catalogue import read_catalogue
from registry.snapshot import read_snapshot
from registry.window import Window

PROPOSED, SAID, DECIDED = date(2021, 4, 6), date(2021, 4, 12), date(2021, 4, 20)
IN_FORCE = date(2021, 6, 1)
YEAR = Window(202004, 202103)
NUMBER = "文〔2021〕2号"


def proposal(world: SmallWorld, *powers: str, **fields: Any) -> int:
    """A proposal of 2021-04-06 to return LITTER everywhere, on the returns as they are."""
    draft = {"recommendation": "return", "reason": "长期未用", "as_of": date(2021, 3, 31)} | fields
    powers = powers or (LITTER,)
    with db.reading(world.engine) as connection:
        snapshot = read_snapshot(connection)
    evidence = measured(snapshot, powers, draft.get("district", ""), YEAR)
    known = draft.pop("known", snapshot.revision)
    with db.writing(world.engine) as connection:
        return propose(
            connection,
            read_catalogue(connection),
            Draft(powers, evidence=evidence, known=known, **draft),
            today=PROPOSED,
            actor="reform",
        )


def opinion(world: SmallWorld, number: int, speaker: str, view: str, reason: str = "另有考虑"):
    with db.writing(world.engine) as connection:
        catalogue = read_catalogue(connection)
        add_opinion(
            connection, catalogue, number, speaker, view, reason, today=SAID, actor="district"
        )


def order(number: int, **fields: Any) -> Order:
    """To return everywhere what was proposed, from 2021-06-01."""
    scope = Scope(fields.pop("districts", ()), fields.pop("units", ()))
    usual = {"kind": "return", "instrument": NUMBER, "effective_on": IN_FORCE, "reason": "同意"}
    return Order(number, scope=scope, **usual | fields)


def decision(world: SmallWorld, number: int, *, today: date = DECIDED, **fields: Any) -> Decided:
    with db.writing(world.engine) as connection:
        return decide(
            connection,
            read_catalogue(connection),
            order(number, **fields),
            today=today,
            actor="reform",
        )


def decided(world: SmallWorld, *powers: str, **fields: Any) -> Decided:
    """A proposal and a decision on it."""
    return decision(world, proposal(world, *powers), **fields)


def decisions(world: SmallWorld) -> list[Decided]:
    with db.reading(world.engine) as connection:
        return read_decisions(connection)


def followed(
    world: SmallWorld, number: int, months: int, today: date, **finding: Any
) -> list[dict[str, Any]]:
    snapshot = world.snapshot()
    with db.writing(world.engine) as connection:
        found = Finding(**finding)
        return follow_up(connection, snapshot, number, months, found, today=today, actor="reform")


def follow_ups(world: SmallWorld, day: date) -> list[FollowUp]:
    with db.reading(world.engine) as connection:
        return read_follow_ups(connection, day)
