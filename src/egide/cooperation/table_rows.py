"""Rows of somebody else's table, through a mapping, as rows of pledges; or everything wrong with them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Final

from egide.cooperation.event import STAGES
from egide.cooperation.pledges import PledgeRow
from egide.cooperation.table_mapping import DAY_FIELDS, QUANTITY_FIELDS, TEXT_FIELDS, TableMapping, fold
from egide.errors import InputError, Problem

HEADER_WITHIN: Final = 30
"""Rows looked through for the header; titles and notes often stand above it."""

_SUM_WORDS: Final = re.compile(
    r"(grand |sub[- ]?)?(total|sum)s?\b|summe\b|gesamt\b|somme\b|разом\b|усього\b|всього\b|итого\b",
    re.IGNORECASE,
)
_IDENTIFIER: Final = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row, or one field of it, that was not taken over, and why."""

    row: int
    """Row of the table, from 1"""
    field: str
    """Field left empty; empty when the whole row was left out"""
    value: object
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an imported table came to; nothing is dropped without a word."""

    rows: tuple[PledgeRow, ...]
    left_out: tuple[LeftOut, ...]
    rates: Mapping[str, float]
    """Euros for one unit of each currency, for `totals`"""


class _Skip(Exception):
    """This row is left out."""


@dataclass
class _Reading:
    file: str
    mapping: TableMapping
    header: Mapping[str, int]
    partners: Collection[str] | None
    items: Collection[str] | None
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


def pledge_rows(
    table: Sequence[Sequence[object]],
    mapping: TableMapping,
    file: str,
    *,
    partners: Collection[str] | None = None,
    items: Collection[str] | None = None,
) -> Imported:
    """Read pledges and deliveries from a table's cells.

    Columns are found by name wherever they stand.

    Parameters
    ----------
    table : sequence of rows of cells
        The header may stand below titles, within the first 30 rows.
    mapping : TableMapping
    file : str
        Name shown in problems.
    partners, items : collection of str, optional
        Known ids; without them any are taken.

    Raises
    ------
    InputError
        With every missing column, or with everything wrong in all rows.
    """
    number, header = _header(table, mapping, file)
    reading = _Reading(file, mapping, header, partners, items)
    rows = []
    for index, cells in enumerate(table[number:], start=number + 1):
        if all(_text(cell) == "" for cell in cells):
            continue
        try:
            row = _row(reading, index, cells)
        except _Skip:
            continue
        if row is not None:
            rows.append(row)
    if reading.problems:
        raise InputError(reading.problems)
    return Imported(tuple(rows), tuple(reading.left_out), mapping.rates)


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _header(
    table: Sequence[Sequence[object]], mapping: TableMapping, file: str
) -> tuple[int, dict[str, int]]:
    """Number of the header's row, from 1, and the place of each needed column in it."""
    needed = {name: f"columns.{ours}" for ours, names in mapping.columns.items() for name in names}
    needed |= dict.fromkeys(mapping.only, "only") | dict.fromkeys(mapping.skip, "skip")
    needed |= {mapping.measure_column: "measure.column"} if mapping.measure_column else {}
    may_lack = {name for ours in mapping.optional for name in mapping.columns.get(ours, ())}
    found = [[fold(_text(cell)) for cell in row] for row in table[:HEADER_WITHIN]]
    if not found:
        raise InputError.one(file, "(table)", None, "is empty")
    best = max(range(len(found)), key=lambda row: (sum(fold(name) in found[row] for name in needed), -row))
    shown = [_text(cell) for cell in table[best] if _text(cell)]
    problems = []
    places = {}
    for name, where in needed.items():
        count = found[best].count(fold(name))
        if count == 1:
            places[name] = found[best].index(fold(name))
        elif count > 1:
            problems.append(Problem(file, f"column {name!r}", None, "stands twice in the header; rename one"))
        elif name not in may_lack:
            near = get_close_matches(name, shown, n=1)
            hint = f"; is it now {near[0]!r}?" if near else ""
            remedy = f"is missing (mapped by {where}){hint} mend the table or the mapping".replace(
                "? mend", "? Mend"
            )
            problems.append(Problem(file, f"column {name!r}", None, remedy))
    if problems:
        raise InputError(problems)
    return best + 1, places


def _cell(reading: _Reading, cells: Sequence[object], column: str) -> object:
    place = reading.header.get(column)
    value = cells[place] if place is not None and place < len(cells) else None
    return None if _text(value) in reading.mapping.missing else value


def _row(reading: _Reading, number: int, cells: Sequence[object]) -> PledgeRow | None:
    mapping = reading.mapping
    for column, wanted in mapping.only.items():
        if fold(_text(_cell(reading, cells, column))) not in {fold(word) for word in wanted}:
            return None
    for column, words in mapping.skip.items():
        if fold(_text(_cell(reading, cells, column))) in {fold(word) for word in words}:
            reading.left_out.append(
                LeftOut(number, "", _text(_cell(reading, cells, column)), f"skipped by {column!r}")
            )
            return None
    before = len(reading.problems)
    if _is_sum(reading, number, cells):
        return None
    values = {name: _value(reading, number, cells, name) for name in TEXT_FIELDS}
    days = {name: _day(reading, number, cells, name) for name in DAY_FIELDS}
    counts = _counts(reading, number, cells)
    money = _money(reading, number, cells, values["currency"])
    _check(reading, number, values, days, counts)
    if len(reading.problems) > before:
        return None
    values["line"] = _line_id(reading, number, values["line"])
    released = _text(_cell(reading, cells, mapping.columns.get("releasable_to", ("",))[0]))
    return PledgeRow(
        line=values["line"], partner=values["partner"], item=values["item"], maker=values["maker"],
        place=values["place"], stage=values["stage"], evidence=values["evidence"], source=values["source"],
        committed=counts["committed"], allocated=counts["allocated"], delivered=counts["delivered"],
        promised_on=days["promised_on"], delivered_on=days["delivered_on"], due=days["due"],
        money=money, currency=values["currency"] if money is not None else "",
        releasable_to=tuple(part.strip() for part in released.split(";") if part.strip()),
    )  # fmt: skip


def _is_sum(reading: _Reading, number: int, cells: Sequence[object]) -> bool:
    for name in ("line", "partner", "item"):
        for column in reading.mapping.columns.get(name, ()):
            text = _text(_cell(reading, cells, column))
            if _SUM_WORDS.match(text):
                remedy = f"is a row of sums, no pledge; delete it, or add it to [skip] under {column!r}"
                reading.problems.append(Problem(reading.file, f"row {number}.{column}", text, remedy))
                return True
    return False


def _problem(reading: _Reading, number: int, name: str, value: object, remedy: str) -> None:
    """Refuse a value, or leave out the row or the field, as the mapping says."""
    policy = reading.mapping.otherwise.get(name, "refuse")
    if policy == "skip":
        reading.left_out.append(LeftOut(number, "", value, f"{name} {remedy}"))
        raise _Skip
    if policy == "empty":
        reading.left_out.append(LeftOut(number, name, value, remedy))
        return
    columns = reading.mapping.columns.get(name)
    where = f"row {number}.{name}" + (f" (column {', '.join(columns)})" if columns else "")
    reading.problems.append(Problem(reading.file, where, value, remedy))


def _value(reading: _Reading, number: int, cells: Sequence[object], name: str) -> str:
    mapping = reading.mapping
    columns = mapping.columns.get(name, ())
    parts = [_text(_cell(reading, cells, column)) for column in columns]
    text = "-".join(dict.fromkeys(part for part in parts if part)) or mapping.constants.get(name, "")
    if name == "source":
        return text or mapping.source
    if not text:
        return ""
    return _word(reading, number, name, text)


def _word(reading: _Reading, number: int, name: str, text: str) -> str:
    """Our word for theirs."""
    mapping = reading.mapping
    folded = fold(text)
    if folded in mapping.values.get(name, {}):
        return mapping.values[name][folded]
    inside = [theirs for theirs in mapping.contains.get(name, {}) if theirs in folded]
    if inside:
        return mapping.contains[name][max(inside, key=lambda theirs: (len(theirs), theirs))]
    if name in ("evidence", "currency", "stage"):
        return text.upper() if name == "currency" else text
    if mapping.otherwise.get(name) == "identifier" or name == "line":
        return identifier(text)
    if (name in mapping.values or name in mapping.contains) or not _IDENTIFIER.match(text):
        _problem(
            reading, number, name, text, "is no word the mapping knows; add it under [values] or [contains]"
        )
        return ""
    return text


def identifier(text: str) -> str:
    """Make an id of words: "United Kingdom" becomes "united-kingdom"; empty when nothing can be kept."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")


def _whole(reading: _Reading, number: int, name: str, value: object) -> int:
    amount = _number(reading, value)
    if amount is None:
        _problem(reading, number, name, value, "is no number of pieces")
        return 0
    if amount < 0:
        _problem(reading, number, name, value, "is negative")
        return 0
    if amount != int(amount):
        _problem(reading, number, name, value, "is a fraction; there are only whole pieces")
        return 0
    return int(amount)


def _number(reading: _Reading, value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    text = _text(value).replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    if reading.mapping.thousands:
        text = text.replace(reading.mapping.thousands, "")
    text = text.replace(reading.mapping.decimal, ".") if reading.mapping.decimal != "." else text
    return float(text) if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", text, re.IGNORECASE) else None


def _counts(reading: _Reading, number: int, cells: Sequence[object]) -> dict[str, int]:
    mapping = reading.mapping
    counts = {"committed": 0, "allocated": 0, "delivered": 0}
    for name in QUANTITY_FIELDS:
        for column in mapping.columns.get(name, ()):
            value = _cell(reading, cells, column)
            if value is None:
                continue
            target = name
            if name == "quantity":
                target = _measure(reading, number, cells)
            if target:
                counts[target] += _whole(reading, number, name, value)
    return counts


def _measure(reading: _Reading, number: int, cells: Sequence[object]) -> str:
    """What `quantity` counts in this row; empty after a problem."""
    column = reading.mapping.measure_column
    if not column:
        return "committed"
    text = _text(_cell(reading, cells, column))
    found = reading.mapping.measures.get(fold(text), "")
    if not found:
        remedy = f"is no measure the mapping knows (column {column!r}); add it under [measure]"
        _problem(reading, number, "quantity", text, remedy)
    return found


def _day(reading: _Reading, number: int, cells: Sequence[object], name: str) -> date | None:
    for column in reading.mapping.columns.get(name, ()):
        value = _cell(reading, cells, column)
        if value is None:
            continue
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(_text(value)[:10])
        except ValueError:
            _problem(reading, number, name, value, "is no day; write it as 2025-07-03 or as a date cell")
    return None


def _money(reading: _Reading, number: int, cells: Sequence[object], currency: str) -> float | None:
    for column in reading.mapping.columns.get("money", ()):
        value = _cell(reading, cells, column)
        if value is None:
            continue
        amount = _number(reading, value)
        if amount is None or amount < 0:
            _problem(reading, number, "money", value, "is no amount of zero or more")
            return None
        if not currency:
            _problem(
                reading, number, "currency", None, "is missing; map its column, or set it under [constants]"
            )
        elif currency not in reading.mapping.rates:
            remedy = "has no rate; add it under [rates] as the euros one unit is worth"
            _problem(reading, number, "currency", currency, remedy)
        return amount
    return None


def _check(
    reading: _Reading, number: int, values: Mapping[str, str], days: Mapping[str, date | None],
    counts: dict[str, int],
) -> None:  # fmt: skip
    for name in ("line", "partner", "item"):
        if not values[name] and not any(f"row {number}.{name}" in found.field for found in reading.problems):
            _problem(reading, number, name, None, "is missing; fill it in")
    for names, known, what in (
        (("partner", "maker"), reading.partners, "partner"), (("item",), reading.items, "item"),
    ):  # fmt: skip
        for name in names:
            if known is not None and values[name] and values[name] not in known:
                near = get_close_matches(values[name], sorted(known), n=1)
                hint = f"; did you mean {near[0]!r}?" if near else "; add it first"
                _problem(reading, number, name, values[name], f"is no known {what}{hint}")
    if not any(f"row {number}." in found.field for found in reading.problems):
        _check_counts(reading, number, counts)
    promised, stated = days["promised_on"], {"delivered_on": "delivered", "due": "due"}
    for name, word in stated.items():
        day = days[name]
        if promised is not None and day is not None and day < promised:
            _problem(reading, number, name, str(day), f"was {word} before it was promised on {promised}")
    if values["stage"] and values["stage"] not in STAGES:
        _problem(reading, number, "stage", values["stage"], f"is none of {', '.join(STAGES)}")


def _check_counts(reading: _Reading, number: int, counts: dict[str, int]) -> None:
    """Refuse rows that count nothing, and deliveries beyond what the same row says was promised."""
    promised = max(counts["committed"], counts["allocated"])
    # A table of deliveries alone maps no promise; its orders are in the ledger already.
    promises = any(name in reading.mapping.columns for name in QUANTITY_FIELDS if name != "delivered")
    if promised and counts["delivered"] > promised:
        remedy = f"exceeds the {promised} promised in the same row"
        _problem(reading, number, "delivered", counts["delivered"], remedy)
        counts["delivered"] = 0
    if not promised and (promises or not counts["delivered"]):
        said = " beside a delivery" if counts["delivered"] else ""
        _problem(reading, number, "quantity", None, f"is missing{said}; say how many pieces were promised")


def _line_id(reading: _Reading, number: int, line: str) -> str:
    count = reading.lines.get(line, 0) + 1
    reading.lines[line] = count
    if count == 1:
        return line
    if reading.mapping.otherwise.get("line") == "number":
        return f"{line}.{count}"
    _problem(reading, number, "line", line, "stands twice; give each lot an id of its own")
    return line
