"""How somebody else's table says what the ledger needs: their columns, words and currencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from egide.errors import InputError, Problem

TEXT_FIELDS: Final = ("line", "partner", "item", "maker", "place", "currency", "stage", "evidence", "source")
QUANTITY_FIELDS: Final = ("quantity", "committed", "allocated", "delivered")
DAY_FIELDS: Final = ("promised_on", "delivered_on", "due")
TARGETS: Final = (*TEXT_FIELDS, *QUANTITY_FIELDS, *DAY_FIELDS, "money", "releasable_to")
"""Fields a column can be mapped to; `quantity` goes where `[measure]` says, to `committed` without it."""

POLICIES: Final = ("refuse", "skip", "empty", "identifier", "number")
"""What to do with a value that cannot be used: refuse the file, skip the row, leave the field empty, make an
id of the words, or (for `line`) number what stands twice."""

_SECTIONS: Final = (
    "egide_schema", "name", "title", "source", "note", "table", "columns", "optional", "constants", "values",
    "contains", "otherwise", "only", "skip", "measure", "rates",
)  # fmt: skip
_TABLE: Final = ("sheet", "missing", "delimiter", "thousands", "decimal")


@dataclass(frozen=True)
class TableMapping:
    """One mapping, read from a TOML file and checked."""

    name: str
    source: str
    """Said to be the source where no column says one"""
    columns: Mapping[str, tuple[str, ...]]
    """Their columns for each of our fields; several are joined by a hyphen"""
    optional: frozenset[str] = frozenset()
    """Fields whose columns may be missing"""
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Our word for each of theirs, by field; capitals and spaces around do not matter"""
    contains: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Our word for a text that contains theirs, by field; the longest found counts"""
    otherwise: Mapping[str, str] = field(default_factory=dict)
    """One of `POLICIES` by field; without one a value that cannot be used refuses the file"""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of their columns that a row must have to be looked at"""
    skip: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of their columns that leave a row out, such as the word for totals"""
    measure_column: str = ""
    """Their column that says what `quantity` counts"""
    measures: Mapping[str, str] = field(default_factory=dict)
    """`committed`, `allocated` or `delivered` for each of its values"""
    rates: Mapping[str, float] = field(default_factory=lambda: {"EUR": 1.0})
    """Euros for one unit of each currency"""
    sheet: str = ""
    """Name of the workbook's sheet; empty for its first"""
    missing: frozenset[str] = frozenset(("",))
    """Texts that stand for nothing"""
    delimiter: str = ","
    thousands: str = ""
    decimal: str = "."


def mapping_from(content: Mapping[str, Any], file: str) -> TableMapping:
    """Build a mapping from a TOML file's content.

    Raises
    ------
    InputError
        With everything wrong with it, gathered.
    """
    problems = [
        Problem(file, key, None, f"is no section of a mapping; known: {', '.join(_SECTIONS)}")
        for key in content
        if key not in _SECTIONS
    ]
    if content.get("egide_schema") != 1:
        problems.append(Problem(file, "egide_schema", content.get("egide_schema"), "write 1"))
    sections = {key: _section(content, key, file, problems) for key in _SECTIONS[5:] if key != "optional"}
    columns = {name: _texts(value) for name, value in sections["columns"].items()}
    problems += _field_problems(file, sections, columns, content.get("optional", []))
    measure = {str(key): str(value) for key, value in sections["measure"].items()}
    rates = _rates(sections["rates"], file, problems)
    if problems:
        raise InputError(problems)
    table = sections["table"]
    return TableMapping(
        name=str(content.get("name", file)),
        source=str(content.get("source", "")),
        columns=columns,
        optional=frozenset(content.get("optional", [])),
        constants={name: str(value) for name, value in sections["constants"].items()},
        values={name: _folded(words) for name, words in sections["values"].items()},
        contains={name: _folded(words) for name, words in sections["contains"].items()},
        otherwise={name: str(value) for name, value in sections["otherwise"].items()},
        only={name: _texts(value) for name, value in sections["only"].items()},
        skip={name: _texts(value) for name, value in sections["skip"].items()},
        measure_column=measure.pop("column", ""),
        measures=_folded(measure),
        rates=rates,
        sheet=str(table.get("sheet", "")),
        missing=frozenset(("", *(str(text).strip() for text in table.get("missing", ())))),
        delimiter=str(table.get("delimiter", ",")),
        thousands=str(table.get("thousands", "")),
        decimal=str(table.get("decimal", ".")),
    )


def fold(text: str) -> str:
    """Text as it is compared: no capitals, single spaces."""
    return " ".join(text.split()).casefold()


def _folded(words: Mapping[str, Any]) -> dict[str, str]:
    return {fold(key): str(value) for key, value in words.items()}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _section(content: Mapping[str, Any], key: str, file: str, problems: list[Problem]) -> dict[str, Any]:
    value = content.get(key, {})
    if isinstance(value, dict):
        return value
    problems.append(Problem(file, key, value, f"must be a section: write [{key}]"))
    return {}


def _field_problems(
    file: str, sections: Mapping[str, Mapping[str, Any]], columns: Mapping[str, Any], optional: Any
) -> list[Problem]:
    problems = []
    for section in ("columns", "constants", "values", "contains", "otherwise"):
        for name in sections[section]:
            if name not in TARGETS:
                problems.append(Problem(file, f"{section}.{name}", None, f"is none of {', '.join(TARGETS)}"))
    for section in ("values", "contains"):
        for name, words in sections[section].items():
            if not isinstance(words, dict):
                problems.append(
                    Problem(file, f"{section}.{name}", None, f"write [{section}.{name}] and a word a line")
                )
    for name, policy in sections["otherwise"].items():
        if policy not in POLICIES:
            problems.append(Problem(file, f"otherwise.{name}", policy, f"is none of {', '.join(POLICIES)}"))
    for name in sections["table"]:
        if name not in _TABLE:
            problems.append(Problem(file, f"table.{name}", None, f"is none of {', '.join(_TABLE)}"))
    for name in ("line", "partner", "item"):
        if name not in columns and name not in sections["constants"]:
            problems.append(
                Problem(file, f"columns.{name}", None, "is missing; name their column, or a constant")
            )
    if not any(name in columns for name in QUANTITY_FIELDS):
        problems.append(
            Problem(file, "columns.quantity", None, "is missing; name the column that counts pieces")
        )
    for name, value in sections["measure"].items():
        if name != "column" and value not in QUANTITY_FIELDS[1:]:
            problems.append(
                Problem(file, f"measure.{name}", value, "must be committed, allocated or delivered")
            )
    if not isinstance(optional, list):
        problems.append(Problem(file, "optional", optional, "must be a list of our fields"))
    return problems


def _rates(section: Mapping[str, Any], file: str, problems: list[Problem]) -> dict[str, float]:
    rates = {"EUR": 1.0}
    for code, value in section.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
            problems.append(
                Problem(file, f"rates.{code}", value, "must be the euros one unit is worth, above zero")
            )
        else:
            rates[code] = float(value)
    return rates
