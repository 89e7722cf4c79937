"""Bulletin files: a downloaded CSV table of nightly reports to a `Bulletins` noun."""

from __future__ import annotations

import csv
import gzip
import io
import tomllib
import zlib
from pathlib import Path

from egide.errors import InputError, Problem
from egide.io.packaged import DATA
from egide.raids.bulletins import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, Bulletins, bulletins_from_table
from egide.raids.hindcast_library import RaidStatistics, raid_statistics_from_dict

_MOST_PROBLEMS = 20
_GZIP_MAGIC = b"\x1f\x8b"


def read_bulletins(path: Path | str) -> Bulletins:
    """Read a bulletin file that the user downloaded.

    The columns are those of the UA AirDefense Tracker's table (see `egide.raids.bulletins`); order does not
    matter and others are left alone. What it says is *reported* outcomes: it neither forecasts raids nor
    validates the kill chain.

    Parameters
    ----------
    path : path
        UTF-8 CSV file with one header line; it may be compressed with gzip.

    Returns
    -------
    Bulletins
        Usable rows; `set_aside` counts the rest and says why.

    Raises
    ------
    InputError
        The file cannot be read, misses a column, has broken lines, or holds no usable row.
    """
    path = Path(path)
    rows = _rows(path)
    if not rows:
        raise InputError.one(
            path.name, "(header)", None, "the file is empty; give a table with a header line"
        )
    header = [name.strip() for name in rows[0]]
    missing = [name for name in REQUIRED_COLUMNS if name not in header]
    if missing:
        raise InputError([_missing(path.name, name, rows[0]) for name in missing])
    wanted = [name for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS) if name in header]
    problems = [
        Problem(path.name, f"column.{name}", None, "stands twice in the header; keep one")
        for name in wanted
        if header.count(name) > 1
    ]
    body = [(number, cells) for number, cells in enumerate(rows[1:], start=2) if any(map(str.strip, cells))]
    broken = [(number, len(cells)) for number, cells in body if len(cells) != len(header)]
    problems += [
        Problem(
            path.name,
            f"record {number}",
            cells,
            f"has another number of cells than the header's {len(header)}",
        )
        for number, cells in broken[:_MOST_PROBLEMS]
    ]
    if len(broken) > _MOST_PROBLEMS:
        problems.append(
            Problem(path.name, "(records)", len(broken), "have another number of cells; mend them all")
        )
    if problems:
        raise InputError(problems)
    places = {name: header.index(name) for name in wanted}
    columns = {name: [cells[place] for _, cells in body] for name, place in places.items()}
    return bulletins_from_table(columns, path.name)


def _missing(file: str, column: str, header: list[str]) -> Problem:
    remedy = "is missing; a bulletin file needs this column"
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        remedy += "; separate the cells by commas"
    return Problem(file, f"column.{column}", None, remedy)


def _rows(path: Path) -> list[list[str]]:
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP_MAGIC):
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = f"is not UTF-8 (byte {error.start}); save the file as UTF-8"
        raise InputError.one(path.name, "(encoding)", None, remedy) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        remedy = "is no whole gzip file; download it again"
        raise InputError.one(path.name, "(file)", None, remedy) from error
    except OSError as error:
        remedy = f"cannot be read ({error.strerror}); give the path of a bulletin file"
        raise InputError.one(str(path), "(file)", None, remedy) from error
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise InputError.one(path.name, "(table)", None, f"is not a CSV table ({error})") from error


def read_raid_statistics() -> RaidStatistics:
    """Read the packaged statistics of reported raids by class and regime.

    Derived from the bulletins of the UA AirDefense Tracker (Petro Ivaniuk, ODC-BY 1.0; primary source Air
    Force Command of the Armed Forces of Ukraine), which themselves are not shipped.
    """
    text = (DATA / "raids" / "fitted.toml").read_text(encoding="utf-8")
    return raid_statistics_from_dict(tomllib.loads(text))
