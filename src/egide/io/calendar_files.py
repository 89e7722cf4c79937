"""Calendars as `.ics` files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from egide.cooperation.icalendar import CalendarEntry, calendar_text
from egide.io.atomic import write_bytes


def write_calendar(
    path: str | Path, entries: Iterable[CalendarEntry], stamped_at: datetime, name: str = "Égide"
) -> None:
    """Write entries as an iCalendar file, its line ends kept as RFC 5545 wants them.

    Parameters
    ----------
    path : str or Path
    entries, stamped_at, name
        As `egide.cooperation.calendar_text` takes them, with its errors.
    """
    write_bytes(Path(path), calendar_text(entries, stamped_at, name).encode())
