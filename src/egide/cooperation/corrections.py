"""Events about events: corrections, cancellations, and what another source says of the same happening."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from egide.cooperation.event import REFERRING, Event
from egide.errors import Problem

_LATER_WORDS: Final = frozenset(("id", "line", "at", "kind", "refers_to", "previous", "hash"))


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sources that tell the same event differently; both are kept, the first is counted."""

    line: str
    event: str
    """Event that is counted"""
    other_event: str
    """Event that tells it otherwise"""
    field: str
    """What they differ in"""
    counted: object
    counted_source: str
    other: object
    other_source: str


def resolved(
    line: str, events: Sequence[Event], problems: list[Problem]
) -> tuple[list[Event], tuple[Disagreement, ...]]:
    """Events with corrections applied, voided ones left out, and other accounts set aside."""
    kept = {event.id: event for event in events if event.kind not in REFERRING}
    accounts = []
    for event in events:
        if event.kind not in REFERRING:
            continue
        target = kept.get(event.refers_to)
        if target is None:
            remedy = f"is no earlier event of line {line!r}; name one that still counts"
            problems.append(problem_of(event, "refers_to", event.refers_to, remedy))
        elif event.kind == "voided":
            del kept[event.refers_to]
        elif event.kind == "corrected":
            kept[event.refers_to] = target._replace(**_stated(event))  # type: ignore[arg-type]
        else:
            accounts.append(event)
    disagreements = [
        found for account in accounts if account.refers_to in kept
        for found in _differences(kept[account.refers_to], account)
    ]  # fmt: skip
    return list(kept.values()), tuple(disagreements)


def _stated(event: Event) -> dict[str, object]:
    """What a correction states: every field it fills but those that identify it."""
    return {
        name: value
        for name, value in event._asdict().items()
        if name not in _LATER_WORDS and value is not None and value != "" and value != ()
    }


def _differences(counted: Event, account: Event) -> list[Disagreement]:
    found = []
    for name in ("partner", "maker", "item", "quantity", "money", "currency", "on", "due", "place"):
        ours, theirs = getattr(counted, name), getattr(account, name)
        if theirs not in (None, "") and theirs != ours:
            found.append(
                Disagreement(
                    counted.line, counted.id, account.id, name, ours, counted.source, theirs, account.source
                )
            )
    return found


def problem_of(event: Event, name: str, value: object, remedy: str) -> Problem:
    """Name what is wrong with one field of an event."""
    return Problem("ledger", f"{event.line}/{event.id}.{name}", value, remedy)


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Each text once, in order of appearance, without the empty one."""
    found = dict.fromkeys(values)
    found.pop("", None)
    return tuple(found)


def last_release(events: Sequence[Event]) -> tuple[str, ...]:
    """Partners as last stated; empty when nobody ever said."""
    stated = [event.releasable_to for event in events if event.releasable_to]
    return stated[-1] if stated else ()
