"""Raise the files of an older schema to the present one: pure functions, plain data in and out.

There is one schema so far, so the table of steps is empty; `migrate` still decides what is too new,
what is unmarked and what is sound, and a later schema adds one function to the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from egide.errors import InputError
from egide.model.scenario import SCHEMA_VERSION

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[int, Step] = {}
"""`STEPS[n]` raises plain data from schema n to n + 1."""


def migrate(content: Mapping[str, Any], file: str, steps: Mapping[int, Step] = STEPS) -> dict[str, Any]:
    """Raise plain data to the present schema.

    Parameters
    ----------
    content : mapping
        A file as plain data; not changed.
    file : str
        Its name, for the error.
    steps : mapping of int to function
        One step for each older schema.

    Raises
    ------
    InputError
        When the schema is missing, no whole number, or newer than this version reads.
    """
    version = content.get("egide_schema")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InputError.one(file, "egide_schema", version, f"must be a whole number; write {SCHEMA_VERSION}")
    if version > SCHEMA_VERSION:
        remedy = f"is newer than this version reads ({SCHEMA_VERSION}); install a newer egide"
        raise InputError.one(file, "egide_schema", version, remedy)
    raised = dict(content)
    for old in range(version, SCHEMA_VERSION):
        raised = steps[old](raised)
        raised["egide_schema"] = old + 1
    return raised
