"""Tables of pledges and deliveries from CSV files and Excel workbooks, through a mapping file."""

from __future__ import annotations

import csv
import io
import tomllib
import warnings
from collections.abc import Collection
from pathlib import Path

from egide.cooperation.table_mapping import TableMapping, fold, mapping_from
from egide.cooperation.table_rows import Imported, pledge_rows
from egide.errors import InputError
from egide.io.packaged import DATA

_WORKBOOKS = (".xlsx", ".xlsm")


def mapping_names() -> tuple[str, ...]:
    """Names of the packaged mappings."""
    return tuple(sorted(path.stem for path in (DATA / "mappings").glob("*.toml")))


def read_mapping(name: str | Path) -> TableMapping:
    """Read a mapping: the name of a packaged one, or a TOML file.

    Raises
    ------
    InputError
        When there is none, and with everything wrong with it.
    """
    path = DATA / "mappings" / f"{name}.toml" if str(name) in mapping_names() else Path(name)
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError:
        remedy = f"is no file and no packaged mapping ({', '.join(mapping_names()) or 'there are none'})"
        raise InputError.one("mapping", "name", str(name), remedy) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError.one(path.name, "(syntax)", None, f"is not TOML in UTF-8: {error}") from None
    return mapping_from(content, path.name)


def read_pledges(
    path: str | Path,
    mapping: TableMapping | str | Path,
    *,
    partners: Collection[str] | None = None,
    items: Collection[str] | None = None,
) -> Imported:
    """Read pledges and deliveries from a table.

    Parameters
    ----------
    path : str or Path
        A `.csv` file, or a `.xlsx` workbook whose formulas were saved with their values.
    mapping : TableMapping, str or Path
        A mapping, the name of a packaged one (`kiel`), or a TOML file.
    partners, items : collection of str, optional
        Known partner ids and catalogue ids; without them any are taken.

    Returns
    -------
    Imported
        Rows for `egide.cooperation.pledge_events`, and everything that was left out with the reason.

    Raises
    ------
    InputError
        With every missing column or sheet, or everything wrong in all rows; nothing is taken over then.
    """
    file = Path(path)
    chosen = mapping if isinstance(mapping, TableMapping) else read_mapping(mapping)
    if not file.is_file():
        raise InputError.one(str(path), "path", None, "is no file")
    table = _sheet(file, chosen) if file.suffix.lower() in _WORKBOOKS else _csv(file, chosen)
    return pledge_rows(table, chosen, file.name, partners=partners, items=items)


def _csv(file: Path, mapping: TableMapping) -> list[list[object]]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = f"is not UTF-8 (byte {error.start}); save the file as UTF-8"
        raise InputError.one(file.name, "(encoding)", None, remedy) from None
    return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=mapping.delimiter)]


def _sheet(file: Path, mapping: TableMapping) -> list[list[object]]:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # Extensions openpyxl does not keep (colours of bars, say) hold no data.
            warnings.simplefilter("ignore")
            book = load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises what its parsers raise: zip, XML, key errors
        raise InputError.one(
            file.name, "(workbook)", None, f"cannot be read as a workbook: {error}"
        ) from error
    try:
        wanted = fold(mapping.sheet) if mapping.sheet else fold(book.sheetnames[0])
        names = [name for name in book.sheetnames if fold(name) == wanted]
        if not names:
            remedy = f"is no sheet of the workbook; it has {', '.join(book.sheetnames)}"
            raise InputError.one(file.name, "table.sheet", mapping.sheet, remedy)
        return [list(row) for row in book[names[0]].iter_rows(values_only=True)]
    finally:
        book.close()
