"""Hypothesis strategies for the cooperation room: lives of lines, ledgers, plans."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from egide.cooperation import Event, event_from
from egide.cooperation.plan import Plan, Table

START = datetime(2026, 1, 1, tzinfo=UTC)
IDS = st.sampled_from(["a", "b1", "c-2", "d.4", "e_5"])
KINDS = (
    "requirement",
    "validated",
    "funded",
    "contracted",
    "shipped",
    "delivered",
    "in_service",
    "pledged",
    "allocated",
    "withdrawn",
    "rescheduled",
    "note",
    "corrected",
    "voided",
    "account",
    "decision",
    "closed",
)
DAYS = st.dates(date(2025, 1, 1), date(2025, 12, 31))


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> tuple[Event, ...]:
    """Events of several lines, sensible and senseless, each one well formed."""
    made: list[Event] = []
    for number in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(KINDS))
        fields: dict[str, object] = {
            "id": draw(st.sampled_from([f"e{number}", f"e{number}", f"e{number}", "e0"])),
            "line": draw(st.sampled_from(["l1", "l2", "l3"])),
            "at": START + timedelta(hours=number),
            "kind": kind,
            "source": draw(st.sampled_from(["", "x", "y"])),
            "on": draw(st.none() | DAYS),
            "partner": draw(st.sampled_from(["", "", "fr", "de"])),
            "releasable_to": draw(st.sampled_from([(), (), (), ("fr",), ("de", "fr")])),
        }
        if kind not in ("note", "rescheduled", "voided", "closed", "decision"):
            fields["quantity"] = draw(st.integers(1, 9))
        if kind == "rescheduled":
            fields |= {"due": draw(DAYS), "on": None}
        if kind in ("corrected", "voided", "account"):
            fields["refers_to"] = draw(st.sampled_from([event.id for event in made] or ["e0"]))
        if kind == "decision":
            fields |= {"owner": "fr", "title": "who pays", "priority": draw(st.integers(1, 5))}
        if kind == "pledged" and draw(st.booleans()):
            fields |= {
                "money": draw(st.integers(0, 9)) / 2,
                "currency": draw(st.sampled_from(["EUR", "USD"])),
            }
        made.append(event_from(fields))
    return tuple(made)


CELLS = st.sampled_from(["", "1", "2", "x", "y; z"])
VALUES = st.sampled_from([1, 1.0, True, "1", [1, 2], date(2025, 1, 1), [], {}])


@st.composite
def csv_tables(draw: st.DrawFn) -> Table:
    """Tables of rows with ids."""
    records = {}
    for row in draw(st.lists(st.sampled_from("abcd"), unique=True)):
        cells: dict[tuple[str, ...], object] = {("id",): row}
        for column in ("p", "q"):
            cell = draw(CELLS)
            if cell:
                cells[column,] = cell
        records[row,] = cells
    return Table("csv", records, ("id", "p", "q"))


@st.composite
def toml_tables(draw: st.DrawFn) -> Table:
    """Records as a TOML file has them: top-level values, a table, items of a list."""
    paths = st.lists(st.sampled_from([("k",), ("l",), ("m", "n")]), unique=True, min_size=1)
    records: dict[tuple[str, ...], dict[tuple[str, ...], object]] = {}
    for record in draw(st.lists(st.sampled_from([("t",), ("u",)]), unique=True)):
        records[record] = {path: draw(VALUES) for path in draw(paths)}
    for item in draw(st.lists(st.sampled_from("vw"), unique=True)):
        fields: dict[tuple[str, ...], object] = {("id",): item}
        records["list", "#" + item] = fields | {path: draw(VALUES) for path in draw(paths)}
    return Table("toml", records)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans of up to three files."""
    files = {}
    for name, tables in (("one.csv", csv_tables()), ("two.toml", toml_tables())):
        table = draw(st.none() | tables)
        if table is not None:
            files[name] = table
    blob = draw(st.none() | st.sampled_from([b"", b"x"]))
    if blob is not None:
        files["three.bin"] = Table("opaque", {(): {(): blob}})
    return Plan(files)
