"""The hash chain: one line of canonical JSON per event, each hash over the one before it.

An edit anywhere breaks the chain from that line on. A chain alone cannot tell that whole lines are missing
at its end, so a `Head` (how many events, and the last hash) is kept beside the file and checked with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from egide.cooperation.bulk import collector_paused, events_in_bulk
from egide.cooperation.event import Event, body_of, problems_of_event, raw_event
from egide.errors import InputError, Problem

GENESIS: Final = "0" * 64
"""The hash before the first event."""

_OPENING: Final = b'{"event":'
_CLOSING: Final = b',"hash":"%s"}'
_CLOSING_LENGTH: Final = len(_CLOSING % (b"0" * 64))


@dataclass(frozen=True, slots=True)
class Head:
    """How far a ledger had come when it was last written."""

    count: int
    """Number of events"""
    hash: str
    """Hash of the last event, `GENESIS` for an empty ledger"""


class LedgerDamage(InputError):
    """A ledger's file was truncated or edited; what comes before the damage is intact and readable.

    Attributes
    ----------
    intact : tuple of Event
        Events before the damage, their chain verified.
    line_number : int
        First line of the file that cannot be trusted, from 1.
    """

    def __init__(self, problem: Problem, intact: Sequence[Event], line_number: int) -> None:
        super().__init__([problem])
        self.intact = tuple(intact)
        self.line_number = line_number


def sealed(events: Iterable[Event], previous: str = GENESIS) -> tuple[Event, ...]:
    """Chain events, in order, onto the hash `previous`; hashes they carried before are replaced."""
    chained = []
    for event in events:
        digest = hashlib.sha256(previous.encode() + body_of(event)).hexdigest()
        chained.append(event._replace(previous=previous, hash=digest))
        previous = digest
    return tuple(chained)


def head_of(events: Sequence[Event]) -> Head:
    """Head of a sealed sequence of events."""
    return Head(len(events), events[-1].hash if events else GENESIS)


def ledger_bytes(events: Iterable[Event]) -> bytes:
    """Return the file's bytes for sealed events: one line each.

    Raises
    ------
    InputError
        When an event is not sealed.
    """
    lines = []
    for event in events:
        if not event.hash:
            remedy = "is not sealed; pass it through sealed() or admit()"
            raise InputError.one("ledger", event.id, None, remedy)
        lines.append(_OPENING + body_of(event) + _CLOSING % event.hash.encode())
    return b"\n".join([*lines, b""])


def read_ledger_bytes(
    content: bytes, file: str = "ledger.jsonl", head: Head | None = None
) -> tuple[Event, ...]:
    """Read a ledger, verifying every hash on the way.

    Parameters
    ----------
    content : bytes
        As `ledger_bytes` writes it.
    file : str
        Name shown in problems.
    head : Head, optional
        What the ledger had come to when it was last written; tells when whole lines are missing at the end.

    Returns
    -------
    tuple of Event
        Sealed events, in order.

    Raises
    ------
    LedgerDamage
        At the first line whose hash does not follow, or when lines are missing; `.intact` holds what is
        sound before it.
    """
    lines = content.split(b"\n")
    tail = lines.pop()
    with collector_paused():
        bodies, hashes = _verified(lines)
        events = _events(bodies, hashes)
    if len(events) < len(hashes):
        raise _damage(file, events, "follows the chain and is no sound event; the lines before it are intact")
    if len(events) < len(lines):
        remedy = "was edited or put out of place: its hash does not follow; the lines before it are intact"
        raise _damage(file, events, remedy)
    if tail:
        raise _damage(file, events, "was cut off before its end; the lines before it are intact")
    if head is not None and head.count and not _contains(events, head):
        remedy = f"is missing: the ledger had {head.count} events, the last with hash {head.hash[:12]}"
        raise _damage(file, events, remedy)
    return events


def _contains(events: Sequence[Event], head: Head) -> bool:
    # The file may be ahead of its head when a machine stopped between the two writes; nothing is lost then.
    return len(events) >= head.count and events[head.count - 1].hash == head.hash


def _damage(file: str, intact: Sequence[Event], remedy: str) -> LedgerDamage:
    number = len(intact) + 1
    return LedgerDamage(Problem(file, f"line {number}", None, remedy), intact, number)


def _verified(lines: Sequence[bytes]) -> tuple[list[bytes], list[str]]:
    """Bodies and hashes of the lines up to the first that does not follow from the one before it."""
    previous = GENESIS.encode()
    bodies: list[bytes] = []
    hashes: list[bytes] = []
    sha256 = hashlib.sha256
    start, length = len(_OPENING), -_CLOSING_LENGTH
    before, after = _CLOSING.split(b"%s")
    for line in lines:
        body = line[start:length]
        digest = sha256(previous + body).hexdigest().encode()
        if line[length:] != before + digest + after or not line.startswith(_OPENING):
            break
        bodies.append(body)
        hashes.append(digest)
        previous = digest
    return bodies, [digest.decode() for digest in hashes]


def _events(bodies: Sequence[bytes], hashes: Sequence[str]) -> tuple[Event, ...]:
    """Events of verified bodies, up to the first that is no event (a hand-made chain can hold one)."""
    try:
        # Parsing all at once is twice as fast as one by one.
        records = json.loads(b"[" + b",".join(bodies) + b"]")
        if len(records) == len(bodies):
            return tuple(events_in_bulk(records, hashes, GENESIS))
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    return tuple(_one_by_one(bodies, hashes))


def _one_by_one(bodies: Sequence[bytes], hashes: Sequence[str]) -> Iterator[Event]:
    previous = GENESIS
    for body, digest in zip(bodies, hashes, strict=True):
        try:
            event = raw_event(json.loads(body), previous, digest)
        except (AttributeError, TypeError, ValueError):
            return
        if problems_of_event(event, ""):
            return
        yield event
        previous = digest
