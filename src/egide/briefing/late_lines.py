"""Lines of help that are late or may become so, with what their delay costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from egide.briefing.case import Case
from egide.briefing.document import Block, Table, Text
from egide.cooperation.late import Late, at_risk, overdue
from egide.cooperation.ledger import Ledger, replay
from egide.cooperation.pledges import pledge_events, rows_of_pledges

LATE_ROWS = 12
"""Late lines listed at most, the costliest first."""


def late_blocks(case: Case) -> list[Block]:
    """A table of the lines that are late or at risk, or a sentence that none is."""
    p, state = case.phrases, _state(case)
    day = _as_of(case, state)
    worth = delay_costs(case)
    late, risky = overdue(state, day, worth), at_risk(state, day, worth)
    if not late and not risky:
        return [Text(p.say("late.none", day=p.day(day)))]
    rows = [*_rows(case, late, "late.overdue"), *_rows(case, risky, "late.risk")]
    keys = ("line", "partner", "item", "left", "due", "days", "state", "per_day", "cost")
    return [
        Table(
            caption=p.say("late.table", day=p.day(day)), head=tuple(p.say(f"late.{key}") for key in keys),
            rows=tuple(rows[:LATE_ROWS]), align="lllrlrlrr",
            widths=(1.5, 1.2, 2.0, 0.9, 1.1, 0.8, 1.1, 1.0, 1.0), note=p.say("late.note"),
        )
    ]  # fmt: skip


def delay_costs(case: Case) -> dict[str, float]:
    """Threats let through for each day of delay of a lot, and of a pledge: the sum over its lots."""
    by_lot = {lot.id: lot.value_per_day_of_delay for lot in case.outlook.lots}
    costs = dict(by_lot)
    for lot in case.scenario.lots:
        if lot.pledge is not None and lot.id in by_lot:
            costs[lot.pledge] = costs.get(lot.pledge, 0.0) + by_lot[lot.id]
    return costs


def _state(case: Case) -> Ledger:
    """The ledger, or without one the pledges as if they had been recorded on D-day."""
    if case.ledger is not None:
        return case.ledger
    at = datetime.combine(case.scenario.day, time.min, UTC)
    return replay(pledge_events(rows_of_pledges(case.scenario.pledges), at))


def _as_of(case: Case, state: Ledger) -> date:
    """Day of the last record, D-day at the earliest: a brief reads no clock."""
    return max([case.scenario.day, *(event.at.date() for event in state.events[-1:])])


def _rows(case: Case, found: Sequence[Late], key: str) -> list[tuple[str, ...]]:
    p = case.phrases
    return [
        (
            row.line, case.partner(row.partner), case.item(row.item), p.number(row.outstanding), p.short_day(row.due),
            p.number(row.days_late), p.say(key), "\u2013" if row.value_per_day is None else p.measured(row.value_per_day),
            "\u2013" if row.cost is None else p.measured(row.cost),
        )
        for row in found
    ]  # fmt: skip
