"""Lines that are overdue or may become so, with the value their delay costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from egide.cooperation.ledger import Ledger
from egide.cooperation.line import Line

LEAD_TIME_DAYS: Final[Mapping[str, int]] = {
    "pledged": 120, "allocated": 60, "validated": 180, "funded": 150, "contracted": 90, "shipped": 14,
}  # fmt: skip
"""Days a line usually still needs from its stage until delivery [days]. Assumed round figures, no published
statistic: hand in your own."""


@dataclass(frozen=True, slots=True)
class Late:
    """One line that is, or is expected to be, late."""

    line: str
    partner: str
    item: str
    maker: str
    stage: str
    outstanding: int
    """Pieces that have not arrived"""
    due: date
    first_due: date
    """Day first stated, before anything slipped"""
    days_late: int
    """Days since it was due (overdue), or days it is expected to come late (at risk)"""
    value_per_day: float | None
    """What a day of delay costs, in the unit of what was handed in; None when nobody computed it"""
    cost: float | None
    """`days_late` times `value_per_day`"""


def overdue(
    ledger: Ledger, as_of: date, value_per_day: Mapping[str, float] | None = None
) -> tuple[Late, ...]:
    """Lines due before a day and not fully delivered, the costliest first.

    Parameters
    ----------
    ledger : Ledger
    as_of : datetime.date
        Day the question is asked; a line due that day is not late yet.
    value_per_day : mapping of str to float, optional
        What a day's delay of a line costs, as the outlook gives it for lots.
    """
    found = [
        _late(line, (as_of - line.due).days, value_per_day)
        for line in ledger.lines.values()
        if line.due is not None and line.due < as_of and line.outstanding
    ]
    return _worst_first(found)


def at_risk(
    ledger: Ledger,
    as_of: date,
    value_per_day: Mapping[str, float] | None = None,
    lead_time_days: Mapping[str, int] = LEAD_TIME_DAYS,
) -> tuple[Late, ...]:
    """Lines not yet due that will be late if their stage takes as long as it usually does.

    Parameters
    ----------
    ledger : Ledger
    as_of : datetime.date
    value_per_day : mapping of str to float, optional
    lead_time_days : mapping of str to int
        Days from each stage to delivery; a stage that is not in it poses no risk.
    """
    found = []
    for line in ledger.lines.values():
        if line.due is None or line.due < as_of or not line.outstanding:
            continue
        expected = lead_time_days.get(_stage_of_the_rest(line), 0) - (line.due - as_of).days
        if expected > 0:
            found.append(_late(line, expected, value_per_day))
    return _worst_first(found)


def _stage_of_the_rest(line: Line) -> str:
    """Stage of the pieces that have not arrived: those ahead of the others do not speak for them."""
    if line.at_stage("shipped") >= line.ordered:
        return "shipped"
    for stage in ("contracted", "funded"):
        if line.at_stage(stage):
            return stage
    if line.allocated or line.committed:
        return "allocated" if line.allocated >= line.committed else "pledged"
    return line.stage


def _late(line: Line, days_late: int, value_per_day: Mapping[str, float] | None) -> Late:
    value = (value_per_day or {}).get(line.id)
    due = line.due or date.max
    return Late(
        line.id, line.partner, line.item, line.maker, line.stage, line.outstanding, due,
        line.first_due or due, days_late, value, None if value is None else value * days_late,
    )  # fmt: skip


def _worst_first(found: list[Late]) -> tuple[Late, ...]:
    return tuple(sorted(found, key=lambda late: (-(late.cost or 0.0), -late.days_late, late.line)))
