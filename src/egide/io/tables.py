"""CSV tables to nouns and back, with every problem of a file found in one pass."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from egide.errors import Problem
from egide.io.atomic import write_text
from egide.model.noun import Noun, problems_of

N = TypeVar("N", bound=Noun)


@dataclass
class TableReading(Generic[N]):
    """What came out of one table."""

    nouns: list[N] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused_ids: set[str] = field(default_factory=set)
    """Ids of lines that were refused, so that references to them are not reported a second time."""
    is_readable: bool = True
    """False when encoding or header are wrong, so that nothing is known of the lines."""


def read_table(path: Path, noun: type[N]) -> TableReading[N]:
    """Read one CSV file; a file that is absent is an empty table.

    Parameters
    ----------
    path : Path
        UTF-8, comma-separated, one header line with the noun's field names.
    noun : type of Noun
        What each line is.
    """
    reading: TableReading[N] = TableReading()
    if not path.exists():
        return reading
    reading.is_readable = _read_lines(path, noun, reading)
    return reading


def _read_lines(path: Path, noun: type[N], reading: TableReading[N]) -> bool:
    text = _text_of(path, reading.problems)
    rows = None if text is None else _rows_of(path.name, text, reading.problems)
    if rows is None:
        return False
    if not rows:
        remedy = "the file is empty; write a header line, or remove the file"
        reading.problems.append(Problem(path.name, "(header)", None, remedy))
        return False
    header = [name.strip() for name in rows[0][1]]
    if not _header_fits(path.name, header, noun, reading.problems):
        return False
    for number, cells in rows[1:]:
        _read_row(path.name, number, header, cells, noun, reading)
    return True


def _text_of(path: Path, problems: list[Problem]) -> str | None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = f"is not UTF-8 (byte {error.start}); save the file as UTF-8"
    except OSError as error:
        problems.append(
            Problem(path.name, "(file)", None, f"cannot be read: {error.strerror}; mend or remove it")
        )
        return None
    else:
        if "\0" not in text:
            return text
        remedy = "holds zero bytes, as UTF-16 does; save the file as UTF-8"
    problems.append(Problem(path.name, "(encoding)", None, remedy))
    return None


def _rows_of(file: str, text: str, problems: list[Problem]) -> list[tuple[int, list[str]]] | None:
    """Lines that hold something, each with the number of its last line; None when they cannot be told apart."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        said = f"cannot be read as CSV ({error}); see that each quotation mark is closed, and doubled inside a cell"
        problems.append(Problem(file, f"line {reader.line_num}", None, said))
        return None
    return rows


def _header_fits(file: str, header: Sequence[str], noun: type[Noun], problems: list[Problem]) -> bool:
    known = noun.model_fields
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) == 1 and mark in header[0]:
            remedy = f"is parted by {name}; save it with commas between cells and decimal points in numbers"
            problems.append(Problem(file, "(header)", None, remedy))
            return False
    found = _misnamed(file, header, noun)
    for number, name in enumerate(header, start=1):
        if not name:
            found.append(Problem(file, f"column {number}", None, "has no name; name or remove it"))
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        found.append(Problem(file, f"column.{name}", None, "stands twice in the header"))
    problems += found
    return not found and all(name in known for name in header)


def _misnamed(file: str, header: Sequence[str], noun: type[Noun]) -> list[Problem]:
    """Columns that no field bears the name of, and fields without a column."""
    known = noun.model_fields
    errors: list[Any] = [
        {"type": "extra_forbidden", "loc": (name,), "input": None}
        for name in header
        if name and name not in known
    ]
    errors += [
        {"type": "missing", "loc": (name,), "input": None}
        for name, info in known.items() if info.is_required() and name not in header
    ]  # fmt: skip
    if not errors:
        return []
    free = [name for name in known if name not in header]
    error = ValidationError.from_exception_data(noun.__name__, errors)
    found = problems_of(error, file, "column", free)
    return [
        Problem(file, item.field, None, "is missing; add the column")
        if item.remedy.startswith("is missing")
        else item
        for item in found
    ]


def _read_row(
    file: str,
    number: int,
    header: Sequence[str],
    cells: Sequence[str],
    noun: type[N],
    reading: TableReading[N],
) -> None:
    where = f"line {number}"
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip() != ""}
    if len(cells) != len(header):
        advice = (
            "quote cells that hold commas" if len(cells) > len(header) else "part empty cells by commas too"
        )
        remedy = f"has {len(cells)} cells where the header has {len(header)}; {advice}"
        reading.problems.append(Problem(file, where, None, remedy))
        reading.refused_ids.add(values.get("id", ""))
        return
    try:
        reading.nouns.append(noun.model_validate(values))
    except ValidationError as error:
        reading.problems += problems_of(error, file, where)
        reading.refused_ids.add(values.get("id", ""))


def write_table(path: Path, nouns: Sequence[Noun], noun: type[Noun]) -> None:
    """Write nouns as CSV: required columns, and optional ones that differ from their default."""
    columns = [name for name, info in noun.model_fields.items() if _is_used(nouns, name, info)]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for item in nouns:
        writer.writerow([_cell(getattr(item, name)) for name in columns])
    write_text(path, buffer.getvalue())


def _is_used(nouns: Iterable[Noun], name: str, info: Any) -> bool:
    return info.is_required() or any(getattr(item, name) != info.default for item in nouns)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return ";".join(str(part) for part in value)
    return repr(value) if isinstance(value, float) else str(value)
