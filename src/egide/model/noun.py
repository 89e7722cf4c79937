"""What every noun of the model shares: frozen, closed, documented by its attributes."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from egide.errors import Problem

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]*")

LARGEST_COUNT = 2**31 - 1
"""Greatest whole number a noun may hold; kernels count in 32 bits."""

LARGEST_NUMBER = 1e15
"""Greatest size of any other number; nothing a plan states comes near it."""


class Noun(BaseModel):
    """Base of all inputs: immutable, no unknown fields, finite numbers, attribute docstrings as help."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        str_strip_whitespace=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _means_what_it_says(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse what would be read as something else: true as 1, 20250704 as seconds since 1970."""
        kinds = _kinds_of(cls, info.field_name or "")
        if kinds & _NUMBERS:
            for part in value if isinstance(value, list | tuple) else (value,):
                _check_number(part, kinds)
        elif kinds & _TIMES and str not in kinds and _as_number(value) is not None:
            raise ValueError(_MOMENT if datetime in kinds else _DAY)
        return value


_NUMBERS = frozenset({int, float})
_TIMES = frozenset({date, datetime})
_DAY = "is no day; write it as 2025-07-21"
_MOMENT = "is no moment; write it with its zone, such as 2025-07-03T18:00:00Z"


@cache
def _kinds_of(noun: type[BaseModel], field: str) -> frozenset[type]:
    info = noun.model_fields.get(field)
    return frozenset() if info is None else frozenset(_leaves(info.annotation))


def _leaves(annotation: Any) -> list[type]:
    if get_origin(annotation) is Annotated:
        return _leaves(get_args(annotation)[0])
    parts = get_args(annotation)
    if parts:
        return [leaf for part in parts for leaf in _leaves(part)]
    return [annotation] if isinstance(annotation, type) else []


def _as_number(value: object) -> float | None:
    """Value of a number or of a text that reads as one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return float("inf") if isinstance(value, int) else None


def _check_number(value: object, kinds: Collection[type]) -> None:
    if isinstance(value, bool):
        if bool not in kinds:
            raise ValueError("needs a number, not true or false")
        return
    number = _as_number(value)
    if number is None or math.isnan(number) or (math.isinf(number) and not isinstance(value, int)):
        return  # pydantic says what is wrong with it
    limit = LARGEST_NUMBER if float in kinds else LARGEST_COUNT
    if abs(number) > limit:
        raise ValueError(f"is beyond {limit:,.0f}, more than any plan can mean; mend the number")


def _identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
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


def problems_of(
    error: ValidationError, file: str, prefix: str = "", known: Collection[str] = ()
) -> list[Problem]:
    """Turn what pydantic found into problems a person can mend.

    Parameters
    ----------
    error : pydantic.ValidationError
    file : str
        Where the value was read from.
    prefix : str
        Put before each field's path, such as ``row 7``.
    known : collection of str
        Names of the fields there are, so that a misspelt one can be told its right name.

    Returns
    -------
    list of Problem
        A field that is missing only because its name bears a wrong unit or spelling is told once.
    """
    items = error.errors(include_url=False)
    missing = {(item["loc"][:-1], str(item["loc"][-1])) for item in items if item["type"] == "missing"}
    meant = set()
    found = []
    for item in items:
        loc, kind = item["loc"], item["type"]
        value = None if kind == "missing" else item["input"]
        remedy = _remedy(kind, item["msg"], value, _path(loc, ""))
        if kind == "extra_forbidden" and loc:
            absent = [name for where, name in missing if where == loc[:-1]]
            right = right_name(str(loc[-1]), absent) or right_name(str(loc[-1]), known)
            remedy = _not_known(str(loc[-1]), right)
            meant.add((loc[:-1], right))
        if isinstance(value, dict | list | tuple | BaseModel):
            value = None
        found.append((loc, kind, Problem(file, _path(loc, prefix), value, remedy)))
    return [
        problem for loc, kind, problem in found
        if not (kind == "missing" and (loc[:-1], str(loc[-1])) in meant)
    ]  # fmt: skip


def _path(loc: Sequence[str | int], prefix: str) -> str:
    path = prefix
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path or "(whole)"


_REMEDIES = {
    "missing": "is missing; add it",
    "finite_number": "must be a finite number, neither NaN nor infinite",
    "float_type": "must be a number; write digits, without quotation marks",
    "int_type": "must be a whole number; write digits, without quotation marks",
    "int_from_float": "must be a whole number; round it",
    "int_parsing": "is no whole number; write digits only, without unit or thousands separator",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "string_type": "must be text; put it in quotation marks",
    "tuple_type": "must be a list; write it in square brackets",
}


def _remedy(kind: str, message: str, value: object, path: str) -> str:
    if kind in _REMEDIES:
        return _REMEDIES[kind]
    if kind == "float_parsing":
        comma = isinstance(value, str) and "," in value
        return (
            f"is no number; write {'a decimal point, not a comma' if comma else 'digits only, without unit'}"
        )
    if kind.startswith("datetime"):
        return _MOMENT
    if kind.startswith("date"):
        return _DAY
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"must be a table; write [{path}] and its fields below"
    return message.removeprefix("Value error, ").removeprefix("Input ").strip()


_WRONG_UNITS = {
    "_km": "_m", "_nm": "_m", "_ft": "_m", "_feet": "_m", "_kmh": "_mps", "_kph": "_mps", "_knots": "_mps",
    "_mach": "_mps", "_h": "_s", "_hours": "_s", "_min": "_s", "_minutes": "_s", "_rad": "_deg",
    "_percent": "_fraction", "_pct": "_fraction", "_usd": "_eur", "_ghz": "_hz", "_mhz": "_hz",
}  # fmt: skip


def _in_si(name: str) -> str | None:
    for wrong, right in _WRONG_UNITS.items():
        if name.endswith(wrong):
            return name.removesuffix(wrong) + right
    return None


def right_name(name: str, known: Collection[str]) -> str | None:
    """Return the known field that a name with a wrong unit, case or spelling stands for, or None."""
    plain = name.strip().lower().replace(" ", "_")
    converted = _in_si(plain)
    if plain in known:
        return plain
    if converted is not None:
        return converted if converted in known else None
    return next(iter(get_close_matches(plain, list(known), n=1, cutoff=0.75)), None)


def _not_known(name: str, right: str | None) -> str:
    converted = _in_si(name)
    if converted is not None:
        return f"is not a known field; units are SI: write {converted} and convert the value"
    if right is not None:
        return f"is not a known field; did you mean {right}?"
    return "is not a known field; remove it, or check its spelling against the schema (egide new writes one)"
