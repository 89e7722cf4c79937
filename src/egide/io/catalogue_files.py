"""The catalogue as TOML files: the packaged one, and a person's own laid over it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import tomlkit

from egide.errors import InputError, Problem
from egide.io.atomic import write_text
from egide.model.catalogue import NOUNS, Catalogue
from egide.model.catalogue_records import Record, catalogue_from_records
from egide.model.migrations import migrate
from egide.model.scenario import SCHEMA_VERSION

STANDALONE = "standalone"
"""Key of a file that replaces the packaged catalogue instead of adding to it."""

FILE = "catalogue.toml"
"""File that `write_catalogue` writes inside its folder."""


class _Readable(Protocol):
    """What a path and a packaged resource have in common."""

    @property
    def name(self) -> str: ...

    def read_bytes(self) -> bytes: ...


def read_catalogue(extra: str | Path | Sequence[str | Path] | None = None) -> Catalogue:
    """Read the packaged catalogue, and a person's own files over it.

    Parameters
    ----------
    extra : path or sequence of paths, optional
        TOML files, or folders whose `*.toml` are read in order of name. A record with a new label is added;
        one with a known label overrides the fields it states. A file with `standalone = true` makes the
        packaged catalogue be left out.

    Returns
    -------
    Catalogue

    Raises
    ------
    InputError
        With every problem of every file at once.
    """
    paths = [extra] if isinstance(extra, str | Path) else list(extra or ())
    return _merged(paths) if paths else _packaged_catalogue()


@cache
def _packaged_catalogue() -> Catalogue:
    """The packaged catalogue, read once: it is frozen and travels with the code."""
    return _merged([])


def _merged(paths: list[str | Path]) -> Catalogue:
    problems: list[Problem] = []
    own = [_read(path, str(path), problems) for path in _files(paths, problems)]
    standalone = [_standalone(name, content, problems) for name, content in own]
    packaged = [] if any(standalone) else [_read(path, path.name, problems) for path in _packaged()]
    records = [record for name, content in (*packaged, *own) for record in _records(name, content, problems)]
    try:
        catalogue = catalogue_from_records(records)
    except InputError as error:
        problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return catalogue


def write_catalogue(catalogue: Catalogue, folder: str | Path) -> None:
    """Write a whole catalogue as one file that `read_catalogue(folder)` gives back unchanged.

    Parameters
    ----------
    catalogue : Catalogue
    folder : str or Path
        Made when absent; other files in it are left alone.
    """
    document = tomlkit.document()
    document["egide_schema"] = SCHEMA_VERSION
    document[STANDALONE] = True
    for table in NOUNS:
        records = tomlkit.aot()
        for noun in getattr(catalogue, table):
            records.append(_table(noun.model_dump(mode="json", exclude_none=True)))
        if len(records):
            document[table] = records
    write_text(Path(folder) / FILE, tomlkit.dumps(document))


def _table(record: dict[str, Any]) -> Any:
    table = tomlkit.table()
    for field, value in record.items():
        if isinstance(value, dict):
            inline = tomlkit.inline_table()
            inline.update(value)
            value = inline
        table[field] = value
    return table


def _packaged() -> list[_Readable]:
    folder = resources.files("egide") / "data" / "catalogue"
    return sorted(
        (path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name
    )


def _files(paths: Sequence[str | Path], problems: list[Problem]) -> Iterator[Path]:
    for given in paths:
        path = Path(given)
        if path.is_dir():
            found = sorted(path.glob("*.toml"))
            if not found:
                problems.append(Problem(str(path), "folder", None, "holds no .toml file: name another"))
            yield from found
        elif path.is_file():
            yield path
        else:
            problems.append(Problem(str(path), "path", None, "is neither a file nor a folder: name another"))


def _read(path: _Readable, name: str, problems: list[Problem]) -> tuple[str, dict[str, Any]]:
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        return name, migrate(content, name)
    except UnicodeDecodeError as error:
        remedy = f"is not UTF-8 (byte {error.start}): save the file as UTF-8"
        problems.append(Problem(name, "(encoding)", None, remedy))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(name, "(syntax)", None, f"is not TOML: {error}"))
    except OSError as error:
        problems.append(Problem(name, "(file)", None, f"cannot be read: {error.strerror}"))
    except InputError as error:
        problems.extend(error.problems)
    return name, {}


def _standalone(name: str, content: dict[str, Any], problems: list[Problem]) -> bool:
    value = content.pop(STANDALONE, False)
    if not isinstance(value, bool):
        problems.append(Problem(name, STANDALONE, value, "must be true or false"))
    return value is True


def _records(name: str, content: dict[str, Any], problems: list[Problem]) -> Iterator[Record]:
    for table, records in content.items():
        if table == "egide_schema":
            continue
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            remedy = f"must be an array of tables: write [[{table}]] before each record"
            known = table in NOUNS
            problems.append(
                Problem(name, table, None, remedy if known else "is no table of a catalogue: remove it")
            )
            continue
        for index, record in enumerate(records):
            yield Record(name, table, index, record)
