"""One line of the ledger's file: something a partner, a maker or a meeting did, said or corrected."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from types import NoneType
from typing import Final, NamedTuple

from egide.errors import InputError, Problem

STAGES: Final = ("requirement", "validated", "funded", "contracted", "shipped", "delivered", "in_service")
"""Life of a line, in order; each event moves a quantity to its stage."""

PROMISES: Final = ("pledged", "allocated", "withdrawn")
"""What a partner says it will give; kept apart from the life of the line."""

TASKS: Final = ("decision", "action", "closed")
"""What meetings leave behind; `closed` ends a decision or an action."""

REFERRING: Final = ("corrected", "voided", "account")
"""Events about an earlier event of the same line: mend it, cancel it, or tell another source's account."""

KINDS: Final = frozenset((*STAGES, *PROMISES, *TASKS, *REFERRING, "rescheduled", "note"))
"""Every kind of event."""

COUNTED: Final = frozenset((*STAGES, *PROMISES))
"""Kinds that carry a quantity."""

REQUIRED: Final = ("id", "line", "at", "kind")


class Event(NamedTuple):
    """One entry of the ledger; an empty field is one that was not stated.

    Quantities are increments: "delivered 20" after "delivered 10" makes 30. A tuple rather than a dataclass
    because a ledger of 100,000 is built in a fraction of a second.
    """

    id: str
    """Unique in the ledger"""
    line: str
    """The line, decision or action it belongs to"""
    at: datetime
    """When it was recorded, UTC"""
    kind: str
    """One of `KINDS`"""
    partner: str = ""
    """Who gives, or who is responsible"""
    maker: str = ""
    item: str = ""
    """Catalogue id"""
    quantity: int | None = None
    """Pieces, never negative"""
    money: float | None = None
    """Amount in `currency`"""
    currency: str = ""
    """ISO 4217 code of `money`"""
    on: date | None = None
    """Day it happened"""
    due: date | None = None
    """Day it is due"""
    place: str = ""
    """Destination"""
    serves: str = ""
    """Requirement line that a promise answers, or the line a decision is about"""
    refers_to: str = ""
    """Event id that a correction, a cancellation or another account is about"""
    evidence: str = ""
    """What proves it: receipt, photograph, statement"""
    source: str = ""
    """Who says so"""
    releasable_to: tuple[str, ...] = ()
    """Partners who may see the line; the last statement counts; never stated means everybody"""
    owner: str = ""
    """Partner who answers for a decision or an action"""
    title: str = ""
    priority: int | None = None
    """1 is most urgent, 5 least"""
    plan: str = ""
    """Hash of the plan version it rests on"""
    run: str = ""
    """Hash of the run it rests on"""
    note: str = ""
    previous: str = ""
    """Hash of the event before it, once sealed"""
    hash: str = ""
    """Hash of this event and `previous`, once sealed"""


FIELDS: Final = Event._fields
BODY_FIELDS: Final = FIELDS[:-2]
_DEFAULTS: Final = {name: Event._field_defaults.get(name) for name in FIELDS}
_PICK: Final[Callable[[Mapping[str, object]], tuple[object, ...]]] = itemgetter(*FIELDS)
_KNOWN: Final = frozenset(BODY_FIELDS)
NAMING: Final = ("id", "line", "partner", "maker", "item", "place", "serves", "refers_to", "owner")
_WHOLE: Final = ("quantity", "priority")
_DAYS: Final = ("on", "due")
_OTHER_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "at": (datetime,), "quantity": (int, NoneType), "money": (float, NoneType), "priority": (int, NoneType),
    "on": (date, NoneType), "due": (date, NoneType), "releasable_to": (tuple,),
}  # fmt: skip
_TYPES: Final = tuple(_OTHER_TYPES.get(name, (str,)) for name in FIELDS)
IDENTIFIER: Final = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
_HASH = re.compile(r"(?:[0-9a-f]{64})?\Z")


def event_from(fields: Mapping[str, object], where: str = "event") -> Event:
    """Build one event from plain data and check it.

    Parameters
    ----------
    fields : mapping
        Field names of `Event` but `previous` and `hash`; `at` an aware datetime or its ISO text, `on` and
        `due` dates or their ISO text, `releasable_to` a list of partner ids.
    where : str
        Name that problems are shown under.

    Raises
    ------
    InputError
        With everything wrong with the event, gathered.
    """
    return events_from([(where, fields)])[0]


def events_from(named: Iterable[tuple[str, Mapping[str, object]]]) -> tuple[Event, ...]:
    """Build events from plain data, each with the name its problems are shown under.

    Raises
    ------
    InputError
        With everything wrong with all of them, gathered.
    """
    problems: list[Problem] = []
    events: list[Event] = []
    for where, fields in named:
        try:
            event = raw_event(fields)
        except (TypeError, ValueError):
            problems += _unreadable(fields, where)
            continue
        problems += problems_of_event(event, where)
        events.append(event)
    if problems:
        raise InputError(problems)
    return tuple(events)


def raw_event(fields: Mapping[str, object], previous: str = "", digest: str = "") -> Event:
    """Build an event from plain data without judging it; TypeError or ValueError when it cannot be read."""
    if not fields.keys() <= _KNOWN:
        raise ValueError("unknown field")
    full = {**_DEFAULTS, **fields, "previous": previous, "hash": digest}
    full["at"] = _moment(full["at"])
    for name in _DAYS:
        if full[name] is not None:
            full[name] = _day(full[name])
    if type(full["money"]) is int:
        full["money"] = float(full["money"])
    if full["releasable_to"]:
        full["releasable_to"] = _names(full["releasable_to"])
    return Event._make(_PICK(full))


def problems_of_event(event: Event, where: str) -> list[Problem]:
    """Everything wrong with an event by itself, for people."""
    problems = _type_problems(event, where)
    if problems:
        return problems
    for name in NAMING:
        value = getattr(event, name)
        if (value or name in ("id", "line")) and not IDENTIFIER.match(value):
            remedy = "use lower-case letters, digits, '-', '_' and '.', such as 'lot-7'"
            problems.append(Problem(where, name, value, remedy))
    for value in event.releasable_to:
        if not (isinstance(value, str) and IDENTIFIER.match(value)):
            problems.append(Problem(where, "releasable_to", value, "name partners by their ids"))
    if event.kind not in KINDS:
        problems.append(Problem(where, "kind", event.kind, f"is none of {', '.join(sorted(KINDS))}"))
    if event.at.tzinfo is not UTC:
        problems.append(Problem(where, "at", event.at.isoformat(), "must carry a zone; it is kept in UTC"))
    else:
        problems += _date_problems(event, where)
    return problems + _amount_problems(event, where) + _reference_problems(event, where)


def body_of(event: Event) -> bytes:
    """Canonical JSON of what the event says: sorted keys, no spaces, unstated fields left out, UTF-8."""
    content = {
        name: _plain(value)
        for name, value in zip(BODY_FIELDS, event, strict=False)
        if value is not None and value != "" and value != ()
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


@lru_cache(maxsize=4096)
def _moment_of(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        return _moment_of(value)
    if not isinstance(value, datetime):
        raise TypeError("at")
    return value if value.tzinfo is None else value.astimezone(UTC)


_day_of = lru_cache(maxsize=4096)(date.fromisoformat)


def _day(value: object) -> object:
    return _day_of(value) if isinstance(value, str) else value


def _names(value: object) -> tuple[object, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError("releasable_to")
    return tuple(value)


def _unreadable(fields: Mapping[str, object], where: str) -> list[Problem]:
    """Say which fields `raw_event` could not read."""
    problems = []
    for name, value in fields.items():
        if name not in _KNOWN:
            problems.append(
                Problem(where, name, value, f"is no field of an event; known: {', '.join(BODY_FIELDS)}")
            )
            continue
        if name not in ("at", *_DAYS, "releasable_to"):
            continue
        try:
            reader = {"at": _moment, "releasable_to": _names}.get(name, _day)
            reader(value)
        except (TypeError, ValueError):
            wanted = {
                "at": "write a moment with its zone, such as 2025-07-03T18:00:00Z",
                "releasable_to": "must be a list of partner ids",
            }
            problems.append(Problem(where, name, value, wanted.get(name, "write a day, such as 2025-07-03")))
    problems += [
        Problem(where, name, None, "is missing; add it") for name in REQUIRED if fields.get(name) is None
    ]
    return problems


def _type_problems(event: Event, where: str) -> list[Problem]:
    problems = []
    for name, value, allowed in zip(FIELDS, event, _TYPES, strict=True):
        if type(value) in allowed:
            continue
        if name in _WHOLE:
            remedy = "must be a whole number; there are no fractions of a piece"
        elif value is None:
            remedy = "is missing; add it"
        else:
            remedy = f"must be {allowed[0].__name__}, not {type(value).__name__}"
        problems.append(Problem(where, name, value, remedy))
    return problems


def _date_problems(event: Event, where: str) -> list[Problem]:
    problems = []
    if event.on is not None and not _not_after(event.on, event.at):
        remedy = f"lies after the event was recorded ({event.at:%Y-%m-%d}); record it once it has happened"
        problems.append(Problem(where, "on", str(event.on), remedy))
    if _due_before(event):
        problems.append(Problem(where, "due", str(event.due), f"is before the day it was agreed, {event.on}"))
    if event.kind == "rescheduled" and event.due is None:
        problems.append(Problem(where, "due", None, "is missing; state the new day"))
    return problems


def _not_after(day: date, moment: datetime) -> bool:
    # A day is local and may have begun up to 14 hours before the same day in UTC.
    return day <= (moment + timedelta(days=1)).date()


def _due_before(event: Event) -> bool:
    return event.due is not None and event.on is not None and event.due < event.on


def _amount_problems(event: Event, where: str) -> list[Problem]:
    problems = []
    if event.quantity is not None and event.quantity < 0:
        problems.append(
            Problem(where, "quantity", event.quantity, "is negative; record a withdrawal or a correction")
        )
    if event.kind in COUNTED and not event.quantity:
        problems.append(
            Problem(where, "quantity", event.quantity, f"is missing; say how many were {event.kind}")
        )
    if event.money is not None and not (math.isfinite(event.money) and event.money >= 0.0):
        problems.append(Problem(where, "money", event.money, "must be a finite amount, zero or more"))
    if event.money is None and event.currency:
        problems.append(Problem(where, "money", None, f"is missing beside {event.currency}; state both"))
    if event.money is not None and not CURRENCY.match(event.currency):
        problems.append(
            Problem(where, "currency", event.currency, "write the three letters of ISO 4217, such as EUR")
        )
    if event.priority is not None and not 1 <= event.priority <= 5:
        problems.append(Problem(where, "priority", event.priority, "must be 1 (most urgent) to 5"))
    return problems


def _reference_problems(event: Event, where: str) -> list[Problem]:
    problems = []
    if event.kind in REFERRING and not event.refers_to:
        problems.append(
            Problem(where, "refers_to", None, f"is missing; name the event that this {event.kind} is about")
        )
    if event.kind not in REFERRING and event.refers_to:
        problems.append(
            Problem(where, "refers_to", event.refers_to, "only corrections, voids and accounts refer")
        )
    if event.kind in ("decision", "action"):
        for name in ("owner", "title"):
            if not getattr(event, name):
                problems.append(Problem(where, name, None, f"is missing; every {event.kind} has one"))
    for name in ("plan", "run"):
        if not _HASH.match(getattr(event, name)):
            problems.append(Problem(where, name, getattr(event, name), "must be a SHA-256 in 64 hex digits"))
    return problems
