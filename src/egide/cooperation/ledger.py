"""The ledger: every state derived by replaying events; nothing is stored but the events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from egide.cooperation.bulk import collector_paused
from egide.cooperation.chain import GENESIS, sealed
from egide.cooperation.corrections import Disagreement
from egide.cooperation.event import TASKS, Event, problems_of_event
from egide.cooperation.line import Line, derive_line
from egide.cooperation.task import Task, derive_task
from egide.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the events say, taken together.

    Two ledgers of the same events are equal, however they came about: replayed at once, twice, or from any
    prefix onwards with `extended`.
    """

    events: tuple[Event, ...]
    """Every event, as recorded"""
    lines: Mapping[str, Line]
    """Lines of need and help by id"""
    tasks: Mapping[str, Task]
    """Decisions and actions by id"""
    events_by_line: Mapping[str, tuple[Event, ...]]
    """Events of each line in order of record; an event whose id stood already is left out"""
    problems_by_line: Mapping[str, tuple[Problem, ...]]
    """Events that contradict what came before them; kept, not counted. Under `""`: ids used twice"""

    @property
    def head(self) -> str:
        """Hash of the last event; `GENESIS` when there is none or it is not sealed."""
        return (self.events[-1].hash or GENESIS) if self.events else GENESIS

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every contradiction, in order of the lines' first events."""
        return tuple(
            found for line in ("", *self.events_by_line) for found in self.problems_by_line.get(line, ())
        )

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Every place where two sources tell the same event differently."""
        return tuple(found for line in self.lines.values() for found in line.disagreements)

    def extended(self, events: Iterable[Event]) -> Ledger:
        """Return the ledger with more events at its end; only the lines they touch are derived again."""
        new = tuple(events)
        grouped, doubles = _grouped(new, self.events)
        lines, tasks = dict(self.lines), dict(self.tasks)
        by_line, problems = dict(self.events_by_line), dict(self.problems_by_line)
        if doubles:
            problems[""] = problems.get("", ()) + doubles
        for line, added in grouped.items():
            of_line = by_line[line] + tuple(added) if line in by_line else tuple(added)
            by_line[line] = of_line
            found = _derive(line, of_line, lines, tasks)
            if found:
                problems[line] = found
            else:
                problems.pop(line, None)
        return Ledger(self.events + new, lines, tasks, by_line, problems)


def _grouped(
    events: tuple[Event, ...], known: tuple[Event, ...]
) -> tuple[dict[str, list[Event]], tuple[Problem, ...]]:
    """Group new events by line, leaving out those whose id stands already."""
    seen = {event.id for event in known}
    before = len(seen)
    seen.update([event.id for event in events])
    doubles: list[Problem] = []
    if len(seen) != before + len(events):
        events = _without_doubles(events, {event.id for event in known}, doubles)
    grouped: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        grouped[event.line].append(event)
    return grouped, tuple(doubles)


def _without_doubles(events: tuple[Event, ...], seen: set[str], doubles: list[Problem]) -> tuple[Event, ...]:
    kept = []
    for event in events:
        if event.id in seen:
            remedy = "is the id of an earlier event; the second is kept and not counted"
            doubles.append(Problem("ledger", f"{event.line}/{event.id}.id", event.id, remedy))
        else:
            kept.append(event)
        seen.add(event.id)
    return tuple(kept)


def _derive(
    line: str, events: tuple[Event, ...], lines: dict[str, Line], tasks: dict[str, Task]
) -> tuple[Problem, ...]:
    """Put a line's state into the right table; a line is a task when its first event opens or closes one."""
    if events[0].kind in TASKS:
        task, problems = derive_task(line, events)
        tasks.pop(line, None)
        if task is not None:
            tasks[line] = task
        return problems
    lines[line], problems = derive_line(line, events)
    return problems


def replay(events: Iterable[Event]) -> Ledger:
    """Derive the whole state from events, in order of record."""
    with collector_paused():
        return Ledger((), {}, {}, {}, {}).extended(events)


def admit(
    ledger: Ledger,
    events: Iterable[Event],
    *,
    partners: Collection[str] | None = None,
    items: Collection[str] | None = None,
    currencies: Collection[str] | None = None,
) -> Ledger:
    """Add new events to a ledger, sealed onto its chain, or refuse them all.

    Parameters
    ----------
    ledger : Ledger
        Its own events are sealed.
    events : iterable of Event
        In order of record; nothing is admitted unless everything is sound.
    partners, items : collection of str, optional
        Known partner ids (makers included) and catalogue ids; without them any are taken.
    currencies : collection of str, optional
        ISO 4217 codes that have a rate; without them any are taken.

    Raises
    ------
    InputError
        With everything wrong: malformed events, ids used twice, unknown partners or items, money in a currency
        without a rate, deliveries before orders, dates that contradict each other, records out of order.
    """
    new = tuple(events)
    problems = [found for event in new for found in problems_of_event(event, event.id)]
    problems += _unknown(new, partners, items) + _without_rate(new, currencies)
    last = ledger.events[-1].at if ledger.events else None
    if not problems:
        for event in new:
            if last is not None and event.at < last:
                remedy = (
                    f"is recorded before the event ahead of it ({last.isoformat()}); record in order of time"
                )
                problems.append(Problem(event.id, "at", event.at.isoformat(), remedy))
            last = event.at
    if problems:
        raise InputError(problems)
    after = ledger.extended(sealed(new, ledger.head))
    # Counted, for an id used a third time reads like the second time.
    problems = list((Counter(after.problems) - Counter(ledger.problems)).elements())
    if problems:
        raise InputError(problems)
    return after


def _unknown(
    events: Iterable[Event], partners: Collection[str] | None, items: Collection[str] | None
) -> list[Problem]:
    problems = []
    for event in events:
        people = (event.partner, event.maker, event.owner, *event.releasable_to)
        for names, known, what in ((people, partners, "partner"), ((event.item,), items, "item")):
            if known is None:
                continue
            for name in names:
                if name and name not in known:
                    near = get_close_matches(name, sorted(known), n=1)
                    hint = f"; did you mean {near[0]!r}?" if near else "; add it first"
                    problems.append(Problem(event.id, what, name, f"is no known {what}{hint}"))
    return problems


def _without_rate(events: Iterable[Event], currencies: Collection[str] | None) -> list[Problem]:
    if currencies is None:
        return []
    remedy = (
        f"has no rate; add it to currencies.csv, or state the money in one of {', '.join(sorted(currencies))}"
    )
    return [
        Problem(event.id, "currency", event.currency, remedy)
        for event in events
        if event.currency and event.currency not in currencies
    ]
