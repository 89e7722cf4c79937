"""A plan as plain records, and its hashes: what a folder of small files says, whoever typed it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final, Literal

from egide.errors import InputError, Problem

FieldPath = tuple[str, ...]
RecordPath = tuple[str, ...]
Fields = Mapping[FieldPath, object]

LEDGER_FILE: Final = "ledger.jsonl"
"""Name of the ledger inside a plan's folder; it is merged and redacted by its own rules."""

ITEM: Final = "#"
"""Marks the id of a list's item in a record's path: `("units", "#battery-3")`."""


@dataclass(frozen=True)
class Table:
    """One file of a plan.

    A CSV file holds one record per row, its path the row's id. A TOML file holds one record per top-level
    table and per item of a list whose items carry an `id`; its top-level values are the record `()`. Any
    other file is opaque: the record `()` with the field `()`, its bytes.
    """

    kind: Literal["csv", "toml", "opaque"]
    records: Mapping[RecordPath, Fields]
    columns: tuple[str, ...] = field(default=(), compare=False)
    """Order in which a CSV file's columns are written; says nothing by itself"""


def opaque(content: bytes) -> Table:
    """Return the table of a file whose inside is not looked at."""
    return Table("opaque", {(): {(): content}})


def content_of(table: Table) -> bytes:
    """Bytes of an opaque table; empty for any other."""
    content = table.records.get((), {}).get((), b"")
    return content if isinstance(content, bytes) else b""


@dataclass(frozen=True)
class Plan:
    """A plan's files by their path relative to the folder, with `/` between the parts."""

    files: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Seal:
    """Content address of a folder of files, which anybody can check."""

    hash: str
    """SHA-256 over the sorted paths and hashes [hex]"""
    files: Mapping[str, str]
    """SHA-256 of each file's bytes [hex]"""


def seal(files: Mapping[str, bytes]) -> Seal:
    """Seal a folder's files.

    Parameters
    ----------
    files : mapping of str to bytes
        Content by path relative to the folder, with `/` between the parts.

    Raises
    ------
    InputError
        For paths that are absolute, climb out of the folder, or cannot be told apart from another.
    """
    problems = []
    for path in files:
        parts = path.split("/")
        if not path or path.startswith("/") or "\n" in path or any(part in ("", ".", "..") for part in parts):
            problems.append(
                Problem("seal", "path", path, "must be relative to the folder, such as units.csv")
            )
    if problems:
        raise InputError(problems)
    hashes = {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)}
    tree = "".join(f"{digest}  {path}\n" for path, digest in hashes.items())
    return Seal(hashlib.sha256(tree.encode()).hexdigest(), hashes)


def content_hash(plan: Plan) -> str:
    """SHA-256 of what a plan says [hex]: the same for any order of rows, columns and keys, and any layout."""
    files = {
        name: [
            table.kind,
            sorted((list(record), _plain_fields(fields)) for record, fields in table.records.items()),
        ]
        for name, table in plan.files.items()
    }
    text = json.dumps(files, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain_fields(fields: Fields) -> list[list[object]]:
    return sorted([list(path), canonical(value)] for path, value in fields.items())


def canonical(value: object) -> str:
    """Text that is equal for equal values of one type only: 1, 1.0, true and "1" all differ."""
    if type(value) is str:  # nearly every cell of a table
        return f"str {value!r}"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key!r}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, datetime | date | time):
        return f"{type(value).__name__} {value.isoformat()}"
    if isinstance(value, bytes):
        return f"bytes {hashlib.sha256(value).hexdigest()}"
    # Libraries that keep a file's layout hand out subclasses of the plain types.
    for plain in (bool, int, float, str):
        if isinstance(value, plain):
            return f"{plain.__name__} {plain(value)!r}"
    return repr(value)


def same(first: object, second: object) -> bool:
    """Tell whether two values of records are the same, type included."""
    return canonical(first) == canonical(second)


def same_fields(first: Fields | None, second: Fields | None) -> bool:
    """Tell whether two records say the same; None stands for no record."""
    if first is None or second is None:
        return first is second
    return first.keys() == second.keys() and all(same(first[path], second[path]) for path in first)


def same_table(first: Table | None, second: Table | None) -> bool:
    """Tell whether two files say the same; None stands for no file."""
    if first is None or second is None:
        return first is second
    return (
        first.kind == second.kind
        and first.records.keys() == second.records.keys()
        and all(same_fields(first.records[path], second.records[path]) for path in first.records)
    )


def show_path(record: RecordPath, path: FieldPath = ()) -> str:
    """Path for people: `units[battery-3].site`."""
    text = ""
    for part in record:
        text += f"[{part.removeprefix(ITEM)}]" if part.startswith(ITEM) else ("." if text else "") + part
    return text + "".join(("." if text or index else "") + part for index, part in enumerate(path))
