"""Dates as iCalendar text (RFC 5545), for the calendar a person already has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from egide.cooperation.late import Late
from egide.cooperation.ledger import Ledger
from egide.errors import InputError, Problem
from egide.model import Action

_LIMIT: Final = 75
"""Octets in a line before it must be folded (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One date: a whole day, or a moment with a length."""

    uid: str
    """Stays the same when the entry changes, so that calendars update it"""
    title: str
    start: date | datetime
    """A day, or an aware moment"""
    duration_s: float = 0.0
    """Length of an entry that starts at a moment [s]"""
    description: str = ""
    location: str = ""
    priority: int = 0
    """1 is most urgent, 0 not stated"""
    categories: tuple[str, ...] = ()


def entries_of(ledger: Ledger, late: Iterable[Late] = ()) -> tuple[CalendarEntry, ...]:
    """Due days of open decisions and actions and of lines not fully delivered.

    Parameters
    ----------
    ledger : Ledger
    late : iterable of Late
        Lines whose entry says that they are late or at risk.
    """
    worries = {found.line: found for found in late}
    entries = []
    for task in ledger.tasks.values():
        if task.is_open and task.due is not None:
            text = f"Owner: {task.owner}" + (f"\nRests on plan {task.plan[:12]}" if task.plan else "")
            title = f"{task.kind.capitalize()}: {task.title}"
            entries.append(
                CalendarEntry(f"{task.id}@egide", title, task.due, 0.0, text, "", task.priority, (task.kind,))
            )
    for line in ledger.lines.values():
        if line.due is not None and line.outstanding:
            worry = worries.get(line.id)
            text = f"{line.outstanding} of {line.ordered} outstanding; stage: {line.stage}"
            text += f"; partner: {line.partner}" if line.partner else ""
            text += f"\n{worry.days_late} days late or expected late" if worry else ""
            title = f"Due: {line.outstanding} x {line.item} ({line.id})"
            entries.append(
                CalendarEntry(f"{line.id}@egide", title, line.due, 0.0, text, line.place, 0, ("delivery",))
            )
    return tuple(entries)


def entries_of_actions(actions: Iterable[Action], duration_s: float = 7_200.0) -> tuple[CalendarEntry, ...]:
    """Meetings, decisions and actions of a scenario, each at its moment.

    Parameters
    ----------
    actions : iterable of Action
    duration_s : float
        Length given to meetings [s]; decisions and actions have none.
    """
    entries = []
    for action in actions:
        text = f"Owner: {action.owner}"
        text += f"\nWith: {', '.join(action.with_partners)}" if action.with_partners else ""
        title = f"{action.kind.capitalize()}: {action.title}"
        length_s = duration_s if action.kind == "meeting" else 0.0
        uid = f"{action.id}@egide"
        entries.append(
            CalendarEntry(uid, title, action.due, length_s, text, "", action.priority, (action.kind,))
        )
    return tuple(entries)


def calendar_text(entries: Iterable[CalendarEntry], stamped_at: datetime, name: str = "Égide") -> str:
    """Write entries as one iCalendar object.

    Parameters
    ----------
    entries : iterable of CalendarEntry
    stamped_at : datetime.datetime
        When the calendar was made, with its zone.
    name : str
        Name calendars show.

    Returns
    -------
    str
        Lines end in CRLF, none is longer than 75 octets, moments are UTC. Write it without translating
        line ends.

    Raises
    ------
    InputError
        For moments without a zone, uids that are empty or stand twice, and priorities beyond 0 to 9.
    """
    listed = tuple(entries)
    problems = _problems(listed, stamped_at)
    if problems:
        raise InputError(problems)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Egide//Cooperation//EN", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{_escaped(name)}"]
    for entry in listed:
        lines += _event_lines(entry, stamped_at)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _problems(entries: tuple[CalendarEntry, ...], stamped_at: datetime) -> list[Problem]:
    problems = []
    if stamped_at.tzinfo is None:
        problems.append(Problem("calendar", "stamped_at", stamped_at.isoformat(), "state the time zone"))
    seen: set[str] = set()
    for entry in entries:
        if not entry.uid or entry.uid in seen:
            problems.append(Problem("calendar", "uid", entry.uid, "must be stated and stand once"))
        seen.add(entry.uid)
        if isinstance(entry.start, datetime) and entry.start.tzinfo is None:
            problems.append(
                Problem("calendar", f"{entry.uid}.start", entry.start.isoformat(), "state the time zone")
            )
        if not 0 <= entry.priority <= 9:
            problems.append(Problem("calendar", f"{entry.uid}.priority", entry.priority, "must be 0 to 9"))
    return problems


def _event_lines(entry: CalendarEntry, stamped_at: datetime) -> list[str]:
    lines = ["BEGIN:VEVENT", f"UID:{_escaped(entry.uid)}", f"DTSTAMP:{_moment(stamped_at)}"]
    if isinstance(entry.start, datetime):
        end = entry.start + timedelta(seconds=entry.duration_s)
        lines += [f"DTSTART:{_moment(entry.start)}", f"DTEND:{_moment(end)}"]
    else:
        # The end of a whole day is the day after, which is not part of it (RFC 5545, 3.6.1).
        end_day = entry.start + timedelta(days=1)
        lines += [f"DTSTART;VALUE=DATE:{entry.start:%Y%m%d}", f"DTEND;VALUE=DATE:{end_day:%Y%m%d}"]
    lines.append(f"SUMMARY:{_escaped(entry.title)}")
    if entry.description:
        lines.append(f"DESCRIPTION:{_escaped(entry.description)}")
    if entry.location:
        lines.append(f"LOCATION:{_escaped(entry.location)}")
    if entry.priority:
        lines.append(f"PRIORITY:{entry.priority}")
    if entry.categories:
        lines.append("CATEGORIES:" + ",".join(map(_escaped, entry.categories)))
    return [*lines, "END:VEVENT"]


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """Text value of RFC 5545, 3.3.11; control characters have no place in one and are left out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(char for char in plain if char in "\n\t" or (ord(char) >= 32 and ord(char) != 127))
    for char, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(char, escaped)
    return plain


def _folded(line: str) -> str:
    """Fold a line at 75 octets, never inside a character."""
    pieces, piece, size = [], "", 0
    for char in line:
        width = len(char.encode())
        if size + width > _LIMIT:
            pieces.append(piece)
            piece, size = " ", 1
        piece += char
        size += width
    return "\r\n".join([*pieces, piece])
