"""The next technical meeting, drafted from what is missing, late, undecided and new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from egide.cooperation.corrections import Disagreement
from egide.cooperation.late import at_risk, overdue
from egide.cooperation.ledger import Ledger
from egide.cooperation.match import Match, Matching, match, open_needs, open_offers

SECTIONS: Final = (
    "Gaps", "Overdue", "At risk", "Decisions due", "Actions due", "Open needs", "Disagreements", "Changes",
)  # fmt: skip
"""Order of an agenda."""


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One thing to talk about."""

    section: str
    """One of `SECTIONS`"""
    text: str
    owner: str = ""
    """Partner who should speak to it"""
    due: date | None = None
    priority: int = 3
    """1 is most urgent"""
    cost: float | None = None
    """Value at stake, in the unit of what was handed in"""
    line: str = ""
    """Line, decision or action of the ledger"""
    plan: str = ""
    """Hash of the plan version it rests on"""
    run: str = ""
    """Hash of the run it rests on"""


@dataclass(frozen=True, slots=True)
class Agenda:
    """A draft: people strike out and add."""

    as_of: date
    items: tuple[AgendaItem, ...]
    plan: str
    """Hash of the plan version it was drafted on"""
    run: str
    """Hash of the run it was drafted on"""
    ledger_head: str
    """Hash of the ledger's last event"""

    def section(self, name: str) -> tuple[AgendaItem, ...]:
        """Items of one section, in order."""
        return tuple(item for item in self.items if item.section == name)


def agenda(
    ledger: Ledger,
    as_of: date,
    *,
    gaps: Sequence[AgendaItem | str] = (),
    changes: Sequence[str] = (),
    value_per_day: Mapping[str, float] | None = None,
    since: datetime | None = None,
    horizon_days: int = 14,
    matching: Matching | None = None,
    plan: str = "",
    run: str = "",
) -> Agenda:
    """Draft the agenda of the next meeting.

    Parameters
    ----------
    ledger : Ledger
    as_of : datetime.date
        Day of the meeting.
    gaps : sequence of AgendaItem or str
        What the assessment or the outlook finds missing, worst first.
    changes : sequence of str
        What changed in the plan since the last meeting, in words.
    value_per_day : mapping of str to float, optional
        What a day's delay of a line costs.
    since : datetime.datetime, optional
        The last meeting; what the ledger recorded after it counts as new.
    horizon_days : int
        Decisions and actions due up to so many days after the meeting are on it [days].
    matching : Matching, optional
        Open needs and who could meet them; by default the ledger's needs against its promises.
    plan, run : str
        Hashes of the plan version and run that the meeting talks about.

    Returns
    -------
    Agenda
        Sections in the order of `SECTIONS`; the costliest, most urgent and earliest first in each.
    """
    items = [item if isinstance(item, AgendaItem) else AgendaItem("Gaps", item, priority=2) for item in gaps]
    items += _late_items(ledger, as_of, value_per_day)
    items += _task_items(ledger, as_of + timedelta(days=horizon_days))
    items += _need_items(match(open_needs(ledger), open_offers(ledger)) if matching is None else matching)
    items += [_disagreement(found) for found in ledger.disagreements]
    items += [AgendaItem("Changes", text) for text in changes]
    items += _new_events(ledger, since)
    order = {section: index for index, section in enumerate(SECTIONS)}
    kept = [
        item
        for _, item in sorted(
            enumerate(items), key=lambda entry: (order.get(entry[1].section, len(order)), entry[0])
        )
    ]
    return Agenda(as_of, tuple(kept), plan, run, ledger.head)


def _late_items(ledger: Ledger, as_of: date, value_per_day: Mapping[str, float] | None) -> list[AgendaItem]:
    items = []
    for section, found in (
        ("Overdue", overdue(ledger, as_of, value_per_day)),
        ("At risk", at_risk(ledger, as_of, value_per_day)),
    ):
        for late in found:
            word = "late" if section == "Overdue" else "expected late"
            slipped = f", first promised for {late.first_due}" if late.first_due != late.due else ""
            text = (
                f"{late.line}: {late.outstanding} x {late.item} {late.days_late} days {word}"
                f" (due {late.due}{slipped})"
            )
            priority = 1 if section == "Overdue" else 2
            items.append(AgendaItem(section, text, late.partner, late.due, priority, late.cost, late.line))
    return items


def _task_items(ledger: Ledger, until: date) -> list[AgendaItem]:
    tasks = [
        task for task in ledger.tasks.values() if task.is_open and (task.due is None or task.due <= until)
    ]
    tasks.sort(key=lambda task: (task.priority, task.due or date.max, task.id))
    return [
        AgendaItem(
            "Decisions due" if task.kind == "decision" else "Actions due",
            task.title, task.owner, task.due, task.priority, None, task.id, task.plan, task.run,
        )
        for task in tasks
    ]  # fmt: skip


def _need_items(matching: Matching) -> list[AgendaItem]:
    items = [
        AgendaItem("Open needs", _could_come(found), found.partner, None, 2, None, found.need)
        for found in matching.matches
    ]
    items += [
        AgendaItem(
            "Open needs", f"{need.line}: {need.quantity} x {need.item}, nobody has promised them",
            "", need.due, need.priority, None, need.line,
        )
        for need in matching.unmet
    ]  # fmt: skip
    return items


def _could_come(found: Match) -> str:
    giver, late = found.partner or "a maker", f", {found.days_late} days late" if found.days_late else ""
    return f"{found.need}: {found.quantity} x {found.item} could come from {giver} ({found.offer}{late})"


def _disagreement(found: Disagreement) -> AgendaItem:
    nobody = "no stated source"
    text = (
        f"{found.line}: {found.field} is {found.counted} by {found.counted_source or nobody},"
        f" {found.other} by {found.other_source or nobody}"
    )
    return AgendaItem("Disagreements", text, line=found.line)


def _new_events(ledger: Ledger, since: datetime | None) -> list[AgendaItem]:
    if since is None:
        return []
    counts: dict[str, int] = {}
    for event in ledger.events:
        if event.at > since:
            counts[event.kind] = counts.get(event.kind, 0) + 1
    if not counts:
        return []
    said = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(counts.items()))
    return [AgendaItem("Changes", f"new in the ledger since {since:%Y-%m-%d}: {said}")]
