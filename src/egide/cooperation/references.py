"""Which column names what: the plan's references, so that what is taken away takes what hangs on it along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from egide.cooperation.plan import ITEM, FieldPath, Plan, RecordPath, Table

REFERENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "unit": ("units",), "site": ("sites",), "asset": ("assets",), "target": ("assets",),
    "pledge": ("pledges",), "lot": ("lots",), "raid": ("raids",), "route": ("routes",),
    "launch_area": ("launch_areas",), "requirement": ("requirements",), "partner": ("partners",),
    "maker": ("partners",), "owner": ("partners",), "with_partners": ("partners",),
    "place": ("places", "assets", "sites"), "destination": ("places", "assets", "sites"),
    "exclusion": ("sites",),
}  # fmt: skip
"""Tables that a column's values are ids of.

A column that names its own table (`route` in routes) is a key."""

_KEY_COLUMN: Final[Mapping[str, str]] = {"routes": "route", "laydown": "unit", "stocks": "item"}


def stem(name: str) -> str:
    """Name of a file's table: `tables/units.csv` holds `units`."""
    return name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def table_of(name: str, record: RecordPath) -> str:
    """Table a record belongs to: a CSV file's stem, or the list it is an item of."""
    return record[-2] if len(record) > 1 and record[-1].startswith(ITEM) else stem(name)


def targets_of(table: str, path: FieldPath, references: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Tables that a field's values name; none for a field that is no reference."""
    column = path[-1] if path else ""
    targets = references.get(column, ())
    return () if table in targets and _KEY_COLUMN.get(table) == column else targets


def tokens(value: object) -> tuple[str, ...]:
    """Ids a value holds: itself, the parts of a cell with semicolons, or a list's strings."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    if isinstance(value, list | tuple):
        return tuple(item for item in value if isinstance(item, str))
    return ()


def without(value: object, gone: Iterable[str]) -> object:
    """Return a value of several ids without some of them."""
    left = [token for token in tokens(value) if token not in set(gone)]
    return ";".join(left) if isinstance(value, str) else left


def id_of(name: str, table: Table, record: RecordPath) -> str:
    """Id of a record: its `id`, or what its table goes by; empty when it has none."""
    fields = table.records[record]
    value = fields.get(("id",)) or fields.get((_KEY_COLUMN.get(table_of(name, record), "id"),))
    return str(value) if value is not None else ""


def ids_of(plan: Plan) -> dict[str, set[str]]:
    """Ids of every table of a plan."""
    ids: dict[str, set[str]] = {}
    for name, table in plan.files.items():
        if table.kind == "opaque":
            continue
        for record in table.records:
            found = id_of(name, table, record)
            if found:
                ids.setdefault(table_of(name, record), set()).add(found)
    return ids
