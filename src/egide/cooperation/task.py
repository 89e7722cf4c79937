"""The state of one decision or one action, derived from its events and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from egide.cooperation.corrections import last_release, problem_of, resolved
from egide.cooperation.event import REFERRING, Event
from egide.errors import Problem


@dataclass(frozen=True, slots=True)
class Task:
    """A decision or an action: who answers for it, by when, and what it rests on."""

    id: str
    kind: str
    """`decision` or `action`"""
    title: str
    owner: str
    """Partner who answers for it"""
    partner: str
    due: date | None
    priority: int
    """1 is most urgent"""
    opened_at: datetime
    closed_at: datetime | None
    plan: str
    """Hash of the plan version it rests on"""
    run: str
    """Hash of the run it rests on"""
    serves: str
    """Line it is about"""
    source: str
    note: str
    releasable_to: tuple[str, ...]
    events: tuple[Event, ...]

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.closed_at is None


def derive_task(task: str, events: Sequence[Event]) -> tuple[Task | None, tuple[Problem, ...]]:
    """Fold the events of one decision or action; None when nothing that opens it still counts."""
    problems: list[Problem] = []
    effective = list(events)
    if any(event.kind in REFERRING for event in events):
        effective, _ = resolved(task, events, problems)
    opening: Event | None = None
    closed_at: datetime | None = None
    due: date | None = None
    notes = []
    for event in effective:
        if event.kind in ("decision", "action"):
            if opening is not None:
                problems.append(
                    problem_of(event, "kind", event.kind, "is opened already; correct it, or use another id")
                )
                continue
            opening = event
        elif event.kind == "closed":
            if opening is None or closed_at is not None:
                problems.append(problem_of(event, "kind", event.kind, "closes what is not open"))
                continue
            closed_at = event.at
        elif event.kind not in ("rescheduled", "note"):
            problems.append(
                problem_of(event, "kind", event.kind, f"{task!r} is a decision or an action, no line of help")
            )
            continue
        due = event.due or due
        notes.append(event.note)
    if opening is None:
        return None, tuple(problems)
    state = Task(
        id=task, kind=opening.kind, title=opening.title, owner=opening.owner, partner=opening.partner,
        due=due, priority=opening.priority or 3, opened_at=opening.at, closed_at=closed_at,
        plan=opening.plan, run=opening.run, serves=opening.serves, source=opening.source,
        note="; ".join(filter(None, notes)), releasable_to=last_release(events), events=tuple(events),
    )  # fmt: skip
    return state, tuple(problems)
