"""What every noun of the model shares: frozen, closed, documented by its attributes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from egide.errors import Problem

_IDENTIFIER = re.compile(r"^[a-z0-9][a-z0-9._-]*$")


class Noun(BaseModel):
    """Base of all inputs: immutable, no unknown fields, finite numbers, attribute docstrings as help."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        str_strip_whitespace=True,
    )


def _identifier(text: str) -> str:
    if not _IDENTIFIER.match(text):
        raise ValueError("use lower-case letters, digits, '-', '_' and '.', such as 'kyiv-north'")
    return text


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("state the time zone, such as 2025-07-03T18:00:00Z")
    return moment


def _several(value: object) -> object:
    """Read `a; b` from one CSV cell as a tuple of two."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return value


Identifier = Annotated[str, AfterValidator(_identifier)]
"""A name that stays the same in files, results and diffs."""

AwareTime = Annotated[datetime, AfterValidator(_aware)]
"""A moment with its zone; kept as given, compared in UTC."""

Identifiers = Annotated[tuple[Identifier, ...], BeforeValidator(_several)]
"""Several identifiers; in a CSV cell they are parted by semicolons."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Longitude = Annotated[float, Field(ge=-180.0, le=180.0)]
Latitude = Annotated[float, Field(ge=-90.0, le=90.0)]


def problems_of(error: ValidationError, file: str, prefix: str = "") -> list[Problem]:
    """Turn what pydantic found into problems a person can mend.

    Parameters
    ----------
    error : pydantic.ValidationError
    file : str
        Where the value was read from.
    prefix : str
        Put before each field's path, such as ``row 7``.
    """
    found = []
    for item in error.errors(include_url=False):
        path = _path(item["loc"], prefix)
        value = None if item["type"] == "missing" else item["input"]
        if isinstance(value, dict | list | tuple | BaseModel):
            value = None
        found.append(Problem(file, path, value, _remedy(item["type"], item["msg"], item["loc"])))
    return found


def _path(loc: Sequence[str | int], prefix: str) -> str:
    path = prefix
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path or "(whole)"


def _remedy(kind: str, message: str, loc: Sequence[str | int]) -> str:
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        return f"is not a known field; {_unit_hint(str(loc[-1]) if loc else '')}"
    if kind == "finite_number":
        return "must be a finite number, neither NaN nor infinite"
    return message.removeprefix("Value error, ").removeprefix("Input ").strip()


_WRONG_UNITS = {
    "_km": "_m", "_nm": "_m", "_ft": "_m", "_feet": "_m", "_kmh": "_mps", "_kph": "_mps", "_knots": "_mps",
    "_mach": "_mps", "_h": "_s", "_hours": "_s", "_min": "_s", "_minutes": "_s", "_rad": "_deg",
    "_percent": "_fraction", "_pct": "_fraction", "_usd": "_eur", "_ghz": "_hz", "_mhz": "_hz",
}  # fmt: skip


def _unit_hint(name: str) -> str:
    for wrong, right in _WRONG_UNITS.items():
        if name.endswith(wrong):
            return f"units are SI: write {name.removesuffix(wrong)}{right} and convert the value"
    return "check its spelling against the schema (egide new writes an example)"
