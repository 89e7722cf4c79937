"""Calendars on disk."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from egide.cooperation import CalendarEntry, calendar_text
from egide.io.calendar_files import write_calendar


def test_a_calendar_file_keeps_the_line_ends_of_the_standard(tmp_path: Path) -> None:
    entries = [CalendarEntry("u@egide", "Réunion", date(2026, 3, 5))]
    stamp = datetime(2026, 3, 1, tzinfo=UTC)
    write_calendar(tmp_path / "dates.ics", entries, stamp)
    content = (tmp_path / "dates.ics").read_bytes()
    assert content == calendar_text(entries, stamp).encode()
    assert content.count(b"\r\n") == content.count(b"\n")
