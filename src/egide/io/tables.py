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
    if text is None:
        return False
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows:
        reading.problems.append(
            Problem(path.name, "(header)", None, "the file is empty; write a header line")
        )
        return False
    header = [name.strip() for name in rows[0]]
    if not _header_fits(path.name, header, noun, reading.problems):
        return False
    for number, cells in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in cells):
            _read_row(path.name, number, header, cells, noun, reading)
    return True


def _text_of(path: Path, problems: list[Problem]) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = f"is not UTF-8 (byte {error.start}); save the file as UTF-8"
        problems.append(Problem(path.name, "(encoding)", None, remedy))
        return None


def _header_fits(file: str, header: Sequence[str], noun: type[Noun], problems: list[Problem]) -> bool:
    before = len(problems)
    known = noun.model_fields
    for name in header:
        if name not in known:
            problems += problems_of(_unknown_field(noun, name), file, "column")
    for name in sorted({name for name in header if header.count(name) > 1}):
        problems.append(Problem(file, f"column.{name}", None, "stands twice in the header"))
    for name, info in known.items():
        if info.is_required() and name not in header:
            problems.append(Problem(file, f"column.{name}", None, "is missing; add the column"))
    return len(problems) == before


def _unknown_field(noun: type[Noun], name: str) -> ValidationError:
    line_error: Any = {"type": "extra_forbidden", "loc": (name,), "input": None}
    return ValidationError.from_exception_data(noun.__name__, [line_error])


def _read_row(
    file: str,
    number: int,
    header: Sequence[str],
    cells: Sequence[str],
    noun: type[N],
    reading: TableReading[N],
) -> None:
    where = f"line {number}"
    if len(cells) != len(header):
        remedy = f"has {len(cells)} cells where the header has {len(header)}; quote cells that hold commas"
        reading.problems.append(Problem(file, where, None, remedy))
        return
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip() != ""}
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
