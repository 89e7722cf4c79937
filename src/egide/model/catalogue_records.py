"""A catalogue from what people wrote: records of several files, laid over one another.

Job: merge records of the same label field by field, and gather what is wrong with them.
Takes: records with the file and the place they were read from.
Gives: a frozen `Catalogue`, or every problem at once.
Never: opens a file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from egide.errors import InputError, Problem
from egide.model.catalogue import NOUNS, Catalogue, cross_problems
from egide.model.noun import Noun, problems_of


@dataclass(frozen=True, slots=True)
class Record:
    """One record as somebody wrote it, and where."""

    file: str
    """File it was read from."""
    table: str
    """Table of the file, such as `sensors`."""
    index: int
    """Place in that table of that file, from 0."""
    data: dict[str, Any]
    """Keys and values."""

    @property
    def key(self) -> tuple[str, ...]:
        """What makes the record one of its kind: its label, or its two classes."""
        pair = self.table == "kill_probabilities"
        names = ("effector_class", "threat_class") if pair else ("id",)
        # A record without its label stays apart, so that "is missing" is the only complaint about it.
        unnamed = f"{self.file}#{self.index}"
        return (self.table, *(str(self.data.get(name, unnamed)) for name in names))


def catalogue_from_records(records: Iterable[Record]) -> Catalogue:
    """Build a catalogue from records; later ones override earlier ones of the same label, field by field.

    Parameters
    ----------
    records : iterable of Record
        Those of the packaged catalogue first, then those of the user's files.

    Returns
    -------
    Catalogue

    Raises
    ------
    InputError
        With every problem of every record, and of the whole, at once.
    """
    merged, problems = _merge(records)
    nouns: dict[str, list[Noun]] = {table: [] for table in NOUNS}
    origin: dict[tuple[str, str], Record] = {}
    for record in merged:
        noun = NOUNS.get(record.table)
        if noun is None:
            close = difflib.get_close_matches(record.table, NOUNS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known tables: {', '.join(NOUNS)}"
            problems.append(Problem(record.file, record.table, None, f"is no table of a catalogue; {hint}"))
            continue
        try:
            nouns[record.table].append(noun.model_validate(record.data))
        except ValidationError as error:
            problems.extend(problems_of(error, record.file, f"{record.table}[{record.index}]"))
        origin["/".join(record.key[:1]), "/".join(record.key[1:])] = record
    # Cross-checks on what is valid would complain about everything that points at what is not.
    if problems:
        raise InputError(problems)
    parts: dict[str, Any] = {table: tuple(items) for table, items in nouns.items()}
    loose = Catalogue.model_construct(**parts)
    for table, key, field, value, remedy in cross_problems(loose):
        record = origin[table, key]
        place = f"{table}[{record.index}]"
        problems.append(Problem(record.file, f"{place}.{field}" if field else place, value, remedy))
    if problems:
        raise InputError(problems)
    return Catalogue(**parts)


def _merge(records: Iterable[Record]) -> tuple[list[Record], list[Problem]]:
    merged: dict[tuple[str, ...], Record] = {}
    problems = []
    for record in records:
        earlier = merged.get(record.key)
        if earlier is None:
            merged[record.key] = record
        elif earlier.file == record.file:
            place = f"{record.table}[{record.index}]"
            label = "/".join(record.key[1:])
            problems.append(
                Problem(
                    record.file,
                    place,
                    label,
                    f"repeats {record.table}[{earlier.index}]: give it its own label",
                )
            )
        else:
            merged[record.key] = Record(
                record.file, record.table, record.index, {**earlier.data, **record.data}
            )
    return list(merged.values()), problems
