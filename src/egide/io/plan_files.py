"""A plan's folder to records and back, its seal, and sealed snapshots that can be had again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from egide.cooperation.plan import (
    ITEM,
    FieldPath,
    Plan,
    RecordPath,
    Seal,
    Table,
    content_of,
    opaque,
    same_table,
    seal,
)
from egide.errors import InputError, Problem
from egide.io.atomic import write_bytes, write_text

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "laydown": ("unit",),
    "routes": ("route", "order"),
    "stocks": ("item",),
}
"""Columns that a table's rows go by, where that is not `id`."""

STORE: Final = ".egide"
"""Folder inside a plan that holds its snapshots; no part of the plan."""

_LEFT_OUT: Final = ("run", "__pycache__")


def plan_bytes(folder: str | Path) -> dict[str, bytes]:
    """Content of a plan's files by their path relative to the folder.

    Hidden files and folders, `run` and folders ending in `-run` are results or tools, no part of the plan.

    Raises
    ------
    InputError
        When the folder is none, or a file cannot be read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError.one(str(folder), "folder", None, "is no folder; name the folder of a plan")
    content, problems = {}, []
    for path in sorted(_files_below(root)):
        name = path.relative_to(root).as_posix()
        try:
            content[name] = path.read_bytes()
        except OSError as error:
            problems.append(Problem(name, "(file)", None, f"cannot be read: {error.strerror}"))
    if problems:
        raise InputError(problems)
    return content


def _files_below(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in _LEFT_OUT or path.name.endswith(".head.json"):
            continue
        if path.is_dir() and not path.name.endswith("-run"):
            yield from _files_below(path)
        elif path.is_file():
            yield path


def read_plan(folder: str | Path) -> Plan:
    """Read a plan's folder into records.

    Raises
    ------
    InputError
        With every file that cannot be read, and every two rows of one id.
    """
    return plan_of_bytes(plan_bytes(folder))


def seal_folder(folder: str | Path) -> Seal:
    """Seal a plan's folder as it stands."""
    return seal(plan_bytes(folder))


def plan_of_bytes(content: Mapping[str, bytes]) -> Plan:
    """Parse the files of a plan; see `read_plan`."""
    files: dict[str, Table] = {}
    problems: list[Problem] = []
    for name, data in content.items():
        try:
            files[name] = _parsed(name, data)
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return Plan(files)


def _parsed(name: str, data: bytes) -> Table:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in (".csv", ".toml"):
        return opaque(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = f"is not UTF-8 (byte {error.start}); save the file as UTF-8"
        raise InputError.one(name, "(encoding)", None, remedy) from None
    if suffix == ".csv":
        return _csv_table(name, text)
    try:
        return Table("toml", dict(toml_records(tomllib.loads(text))))
    except tomllib.TOMLDecodeError as error:
        raise InputError.one(name, "(syntax)", None, f"is not TOML: {error}") from None


def _csv_table(name: str, text: str) -> Table:
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    if not rows:
        return Table("csv", {})
    header = [cell.strip() for cell in rows[0]]
    keys = _keys(PurePosixPath(name).stem, header)
    problems: list[Problem] = []
    if len(set(header)) != len(header) or "" in header:
        problems.append(Problem(name, "(header)", None, "has empty or double names; name every column once"))
    records: dict[RecordPath, Mapping[FieldPath, object]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            remedy = f"has {len(row)} cells where the header has {len(header)}; quote cells that hold commas"
            problems.append(Problem(name, f"row {number}", None, remedy))
            continue
        cells: dict[FieldPath, object] = {
            (column,): cell.strip() for column, cell in zip(header, row, strict=True) if cell.strip()
        }
        record = tuple(str(cells.get((key,), "")) for key in keys) or (f"row {number}",)
        if record in records or not any(record):
            remedy = "stands twice; ids are unique" if record in records else "is missing; add it"
            problems.append(Problem(name, f"row {number}.{'.'.join(keys)}", ", ".join(record), remedy))
        records[record] = cells
    if problems:
        raise InputError(problems)
    return Table("csv", records, tuple(header))


def _keys(stem: str, header: Sequence[str]) -> tuple[str, ...]:
    """Columns that rows go by; none means their number."""
    named = KEYS.get(stem, ("id",))
    if all(key in header for key in named):
        return named
    return ("id",) if "id" in header else ()


def toml_records(content: Mapping[str, Any]) -> dict[RecordPath, dict[FieldPath, object]]:
    """Records of a TOML document; `toml_content` is its inverse."""
    records: dict[RecordPath, dict[FieldPath, object]] = {}
    _walk(content, (), (), records)
    return records


def _walk(
    node: Mapping[str, Any], record: RecordPath, path: FieldPath,
    records: dict[RecordPath, dict[FieldPath, object]],
) -> None:  # fmt: skip
    for key, value in node.items():
        name = _escape(key)
        if isinstance(value, Mapping) and value:
            if record == () and path == ():
                _walk(value, (name,), (), records)
            else:
                _walk(value, record, (*path, name), records)
        elif _is_keyed(value):
            for item in value:
                _walk(item, (*record, *path, name, ITEM + item["id"]), (), records)
        else:
            records.setdefault(record, {})[*path, name] = value


def _is_keyed(value: object) -> bool:
    """Whether a value is a list of tables that each carry an id of their own."""
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return False
    ids = [item.get("id") for item in value]
    return all(isinstance(found, str) and found for found in ids) and len(set(ids)) == len(ids)


def _escape(key: str) -> str:
    """Keep a key that begins like an item's mark apart from one."""
    return "\\" + key if key.startswith((ITEM, "\\")) else key


def _unescape(name: str) -> str:
    return name.removeprefix("\\")


def toml_content(records: Mapping[RecordPath, Mapping[FieldPath, object]]) -> dict[str, Any]:
    """Plain content of a TOML document from its records.

    Raises
    ------
    InputError
        When a merge left one name with both a value and a table.
    """
    root: dict[str, Any] = {}
    for record, fields in records.items():
        for path, value in fields.items():
            _put(root, (*record, *path), value)
    plain: dict[str, Any] = _lists(root)
    return plain


def _put(root: dict[str, Any], parts: Sequence[str], value: object) -> None:
    node = root
    for part in parts[:-1]:
        below = node.setdefault(part, {})
        if not isinstance(below, dict):
            raise InputError.one(
                "plan", ".".join(parts), None, "is a value and a table at once; settle which"
            )
        node = below
    last = parts[-1]
    if isinstance(node.get(last), dict) and value != {}:
        raise InputError.one("plan", ".".join(parts), None, "is a value and a table at once; settle which")
    if not (value == {} and last in node):
        node[last] = {} if value == {} else value


def _lists(node: Any) -> Any:
    """Turn tables of marked items back into lists."""
    if not isinstance(node, dict):
        return node
    if node and all(key.startswith(ITEM) for key in node):
        return [_lists(item) for item in node.values()]
    return {_unescape(key): _lists(value) for key, value in node.items()}


def table_bytes(name: str, table: Table, before: bytes | None = None) -> bytes:
    """Write one file's records.

    Parameters
    ----------
    name : str
    table : Table
    before : bytes, optional
        The file as it stood; its comments and layout are kept where its records did not change.
    """
    if table.kind == "opaque":
        return content_of(table)
    if before is not None:
        old = _parsed(name, before)
        if same_table(old, table):
            return before
        if table.kind == "toml":
            edited = _edited_toml(name, before, old, table)
            if edited is not None:
                return edited
    if table.kind == "csv":
        return _csv_bytes(table)
    return tomlkit.dumps(toml_content(table.records)).encode()


def _edited_toml(name: str, before: bytes, old: Table, new: Table) -> bytes | None:
    """Set the changed values in the old text; None when that does not come to the new records."""
    if old.records.keys() != new.records.keys():
        return None
    try:
        document = tomlkit.parse(before.decode("utf-8-sig"))
        for record, fields in new.records.items():
            for path in {*fields, *old.records[record]}:
                if fields.get(path) != old.records[record].get(path):
                    _edit(document, (*record, *path), fields.get(path))
        text = tomlkit.dumps(document).encode()
        return text if same_table(_parsed(name, text), new) else None
    except (InputError, TOMLKitError, KeyError, TypeError):
        return None


def _edit(document: Any, parts: Sequence[str], value: object) -> None:
    node = document
    for part in parts[:-1]:
        if part.startswith(ITEM):
            node = next(item for item in node if item["id"] == part.removeprefix(ITEM))
        else:
            node = node[_unescape(part)]
    if value is None:
        del node[_unescape(parts[-1])]
    else:
        node[_unescape(parts[-1])] = value


def _csv_bytes(table: Table) -> bytes:
    used = {path[0] for fields in table.records.values() for path in fields}
    columns = [column for column in table.columns if column in used or not table.records]
    columns += sorted(used - set(columns))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for fields in table.records.values():
        writer.writerow([fields.get((column,), "") for column in columns])
    return buffer.getvalue().encode()


def write_plan(plan: Plan, folder: str | Path, like: str | Path | None = None) -> Seal:
    """Write a plan to a folder that holds nothing of a plan yet, and return its seal.

    Parameters
    ----------
    plan : Plan
    folder : str or Path
        Made when absent; one that holds files of a plan is refused.
    like : str or Path, optional
        Folder whose files' comments and layout are kept where nothing changed.

    Raises
    ------
    InputError
        When the folder is in use, or a merged file contradicts itself.
    """
    target = Path(folder)
    if target.exists() and any(_files_below(target)):
        raise InputError.one(str(folder), "folder", None, "holds a plan already; name a new one")
    models = plan_bytes(like) if like is not None else {}
    content = {name: table_bytes(name, table, models.get(name)) for name, table in plan.files.items()}
    for name, data in content.items():
        write_bytes(target / name, data)
    return seal(content)


def keep_snapshot(folder: str | Path, store: str | Path | None = None) -> Seal:
    """Keep a sealed copy of a plan, so that a hash on paper can be turned into the plan again.

    Parameters
    ----------
    folder : str or Path
    store : str or Path, optional
        Where copies are kept, each file once by its hash; `.egide` inside the plan's folder by default.
    """
    content = plan_bytes(folder)
    sealed = seal(content)
    place = Path(store) if store is not None else Path(folder) / STORE
    for name, digest in sealed.files.items():
        if not (place / "objects" / digest).exists():
            write_bytes(place / "objects" / digest, content[name])
    listing = json.dumps(dict(sealed.files), indent=1, sort_keys=True, ensure_ascii=False)
    write_text(place / "seals" / f"{sealed.hash}.json", listing + "\n")
    return sealed


def snapshot_bytes(digest: str, store: str | Path) -> dict[str, bytes]:
    """Return the files of a kept snapshot, each verified against its hash.

    Parameters
    ----------
    digest : str
        Hash of the seal, or the beginning of it when no other begins so.
    store : str or Path

    Raises
    ------
    InputError
        When there is no such snapshot, several, or a kept file is not what its hash says.
    """
    place = Path(store)
    found = sorted(path for path in (place / "seals").glob("*.json") if path.stem.startswith(digest))
    if len(found) != 1:
        remedy = (
            "is no kept snapshot; known ones lie in 'seals'"
            if not found
            else "begins several; write more of it"
        )
        raise InputError.one(str(store), "hash", digest, remedy)
    listing = json.loads(found[0].read_bytes())
    content, problems = {}, []
    for name, expected in listing.items():
        path = place / "objects" / expected
        data = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(data).hexdigest() != expected:
            problems.append(Problem(name, "hash", expected, "the kept file is missing or was edited"))
        content[name] = data
    if problems:
        raise InputError(problems)
    if seal(content).hash != found[0].stem:
        raise InputError.one(str(found[0]), "hash", found[0].stem, "the listing was edited")
    return content
