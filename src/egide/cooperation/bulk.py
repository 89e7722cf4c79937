"""Build and check many events at once, column by column; what it will not vouch for, the slow way judges."""

from __future__ import annotations

import gc
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import repeat
from operator import lt
from typing import Any, Final

from egide.cooperation.event import (
    COUNTED,
    CURRENCY,
    FIELDS,
    IDENTIFIER,
    KINDS,
    NAMING,
    REFERRING,
    REQUIRED,
    TASKS,
    Event,
    problems_of_event,
    raw_event,
)

_SLOW_KINDS: Final = frozenset((*REFERRING, *TASKS))
_SLOW_FIELDS: Final = frozenset(("releasable_to", "priority", "plan", "run", "refers_to"))
_Column = Iterable[Any]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the cyclic garbage collector from walking, again and again, new objects that hold no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def events_in_bulk(records: Sequence[Mapping[str, Any]], hashes: Sequence[str], genesis: str) -> list[Event]:
    """Build the events of a verified chain.

    Records that state the same fields, of one kind, are checked and built together as columns.

    Parameters
    ----------
    records : sequence of mapping
        Bodies in plain data, in order.
    hashes : sequence of str
        Hash of each.
    genesis : str
        Hash before the first.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        When any event is not sound; going through them one by one tells which.
    """
    previous = [genesis, *hashes[:-1]]
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        groups[(record["kind"], *record)].append(index)
    events: list[Any] = [None] * len(records)
    for (kind, *fields), indices in groups.items():
        if kind in _SLOW_KINDS or not _SLOW_FIELDS.isdisjoint(fields):
            made: Iterable[Event] = [_single(records[i], previous[i], hashes[i]) for i in indices]
        else:
            columns = dict(
                zip(fields, zip(*[records[i].values() for i in indices], strict=True), strict=True)
            )
            made = _group(kind, columns, [previous[i] for i in indices], [hashes[i] for i in indices])
        for index, event in zip(indices, made, strict=True):
            events[index] = event
    return events


def _single(record: Mapping[str, Any], previous: str, digest: str) -> Event:
    event = raw_event(record, previous, digest)
    if problems_of_event(event, ""):
        raise ValueError("not sound")
    return event


def _group(kind: str, columns: dict[str, Any], previous: list[str], hashes: list[str]) -> Iterable[Event]:
    """Events of one kind that state the same fields; ValueError unless every one is sound."""
    read = {name: _READERS.get(name, _texts)(column) for name, column in columns.items()}
    for name in NAMING:
        if name in read:
            _demand(all(map(IDENTIFIER.match, set(read[name]))))
    _demand(kind in KINDS and all(name in read for name in REQUIRED) and read.keys() <= _DEFAULTS.keys())
    _demand("hash" not in read and "previous" not in read)
    _demand(kind not in COUNTED or ("quantity" in read and min(read["quantity"]) > 0))
    _demand(("money" in read) == ("currency" in read))
    _demand(kind != "rescheduled" or "due" in read)
    if "on" in read:
        _demand(_none_after(read["on"], read["at"]))
        _demand("due" not in read or not any(map(lt, read["due"], read["on"])))
    read.update(previous=previous, hash=hashes)
    rows = zip(*(read.get(name) or repeat(_DEFAULTS[name]) for name in FIELDS), strict=False)
    return map(_event_of_row, rows)


_DEFAULTS: Final = {name: Event._field_defaults.get(name) for name in FIELDS}

# Event._make without its count of the fields, which zip(FIELDS) has settled; half the time.
_event_of_row: Callable[[tuple[Any, ...]], Event] = partial(tuple.__new__, Event)


def _demand(holds: bool) -> None:
    if not holds:
        raise ValueError("not sound")


def _of_type(column: _Column, kind: type) -> None:
    _demand(set(map(type, column)) == {kind})


def _texts(column: _Column) -> _Column:
    _of_type(column, str)
    return column


def _wholes(column: _Column) -> _Column:
    _of_type(column, int)
    _demand(min(column) >= 0)
    return column


def _amounts(column: _Column) -> _Column:
    _of_type(column, float)
    _demand(all(map(math.isfinite, column)) and min(column) >= 0.0)
    return column


def _currencies(column: _Column) -> _Column:
    _of_type(column, str)
    _demand(all(map(CURRENCY.match, set(column))))
    return column


def _days(column: _Column) -> _Column:
    distinct = {text: date.fromisoformat(text) for text in set(column)}
    return list(map(distinct.__getitem__, column))


def _moments(column: _Column) -> _Column:
    moments = list(map(datetime.fromisoformat, column))
    _demand({moment.tzinfo for moment in moments} == {UTC})
    return moments


def _none_after(days: Any, moments: Any) -> bool:
    if max(days) <= min(moments).date():
        return True
    tomorrow = timedelta(days=1)
    return all(day <= (moment + tomorrow).date() for day, moment in zip(days, moments, strict=True))


_READERS: Final[Mapping[str, Callable[[_Column], _Column]]] = {
    "at": _moments,
    "on": _days,
    "due": _days,
    "quantity": _wholes,
    "money": _amounts,
    "currency": _currencies,
}
