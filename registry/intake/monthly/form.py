"""The forms of monthly returns: staffing, complaints, whistles, training.

In: a kind and the register's words. Out: its `MonthlyForm`. The fields are the columns of the
kind's table; headings come from data/return_headings.csv.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from registry.catalogue import Catalogue, read_reference
from registry.intake.fields import PROBLEM_NUMBER, PROBLEM_TEXT, REMARK, Heading, heading_key
from registry.intake.form import Form
from registry.intake.monthly.departments import Departments
from registry.returns import BY_DISTRICT, COUNTS_EVENTS, KEYS, RETURNS, counts_of, facts_of
from registry.settings import DATA

ORIGIN = "origin_"
"""Before the code of a department: officers who came from it."""

LABELS = {
    "month": "月份",
    "unit": "单位",
    "district": "区",
    "topic": "诉求类别",
    "power": "职权",
    "department": "部门",
    "established": "编制数",
    "in_post": "在编人数",
    "certified": "持证人数",
    "seconded": "借调人数",
    "front_line": "一线人数",
    "handled_case": "办案人数",
    "auxiliary": "协管人数",
    "reviewers": "法制审核人员",
    "complaints": "诉求量",
    "called": "吹哨次数",
    "on_time": "按时报到次数",
    "solved": "解决件数",
    "sessions": "培训场次",
    "officers_trained": "培训人次",
    "joint_operations": "联合执法次数",
}
COUNTED = {"staffing": (), "complaints": ("complaints",), "whistles": ("called",), "training": ()}
"""Numbers without which a row says nothing; of the others one is enough."""

NEEDED = {
    "staffing": ("month", "unit"),
    "complaints": ("month", "unit", "complaints"),
    "whistles": ("month", "unit", "department", "called"),
    "training": ("month", "district", "department"),
}


@dataclass(frozen=True)
class MonthlyForm(Form):
    """`place` is the field of the unit or district, `subjects` what else tells rows apart,
    `numbers` what is counted; without those of `counted` a row says nothing. `adds_up`: numbers of
    events, so that rows which name one subject by two names are parts of its number."""

    place: str = "unit"
    subjects: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    adds_up: bool = False


def monthly_form(kind: str, catalogue: Catalogue) -> MonthlyForm:
    """The form of a kind of return in this register: its departments have columns of officers."""
    model = RETURNS[kind]
    departments = Departments(catalogue)
    origins = _origins(departments) if kind == "staffing" else {}
    place = "district" if kind in BY_DISTRICT else "unit"
    counts = counts_of(model)
    subjects = tuple(f for f in facts_of(model) if f not in (*KEYS, *counts))
    labels = {field: LABELS[field] for field in ("month", place, *subjects, *counts)} | origins
    return MonthlyForm(
        kind=kind,
        labels=labels,
        find_heading=_finder(kind, tuple(labels), departments),
        marked=("month", place, *subjects),
        needed=NEEDED[kind],
        place=place,
        subjects=subjects,
        numbers=(*counts, *origins),
        counted=COUNTED[kind],
        adds_up=kind in COUNTS_EVENTS,
    )


def _origins(departments: Departments) -> dict[str, str]:
    return {f"{ORIGIN}{code}": f"来自{word}" for code, word in departments.words.items()}


def _finder(
    kind: str, fields: tuple[str, ...], departments: Departments
) -> Callable[[str], Heading | None]:
    """What a heading stands for: as it is, without a remark behind it, or a department's."""
    known = {key: Heading(field) for key, field in _headings(kind).items() if field in fields}
    known |= {heading_key(LABELS.get(field, field)): Heading(field) for field in fields}
    known |= {heading_key(field): Heading(field) for field in fields}
    known |= {heading_key(PROBLEM_NUMBER): Heading("problem"), PROBLEM_TEXT: Heading(None)}

    def find(key: str) -> Heading | None:
        bare = REMARK.sub("", key)
        found = known.get(key) or known.get(bare)
        if found or kind != "staffing":
            return found
        code = departments.find_in_heading(bare)
        return Heading(f"{ORIGIN}{code}") if code else None

    return find


@lru_cache
def _headings(kind: str) -> dict[str, str]:
    """Heading key → field, of this kind and of any."""
    rows = read_reference(DATA / "return_headings.csv")
    rows = rows[rows["kind"].isin([kind, "any"])]
    return {
        heading_key(seen): field
        for field, seen in zip(rows["field"], rows["heading_as_seen"], strict=True)
    }
