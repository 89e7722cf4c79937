"""The exception tree.

Job: one root, so that a caller can catch everything Égide raises on purpose.
Takes: a message that says what is wrong, where, and what to do.
Gives: exceptions.
Never: wraps a bug; a `KeyError` from our own code stays a `KeyError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral


class EgideError(Exception):
    """Root of everything Égide raises on purpose."""


class GridMismatch(EgideError):
    """Two values on different grids (CRS, origin, cell or shape) were about to be mixed."""


class TerrainError(EgideError):
    """An elevation model cannot serve the request: unreadable, wrong unit, rotated, holes, no cover."""


class DatumError(TerrainError):
    """Heights above the ellipsoid and above mean sea level were about to be mixed."""


class Cancelled(EgideError):
    """The person stopped a long piece of work; what was finished is kept, nothing is half-written."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input, in the four parts a person needs to mend it."""

    file: str
    """Where it was read from, or the noun's name when it was built in Python."""
    field: str
    """Path to the value, such as `sensors[2].range_m`."""
    value: object
    """The value found, or None when something is missing."""
    remedy: str
    """What is wrong and what to do, in one sentence."""

    def __str__(self) -> str:
        shown = "" if self.value is None else f" = {self.value!r}"
        return f"{self.file}: {self.field}{shown}: {self.remedy}"


class InputError(EgideError):
    """One or more problems in what a person wrote, all shown together.

    Parameters
    ----------
    problems : sequence of Problem
        Everything found; at least one.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("an InputError needs at least one problem")
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count > 1 else ''} in the input:"
        super().__init__("\n".join([head, *(f"  - {problem}" for problem in self.problems)]))

    @classmethod
    def one(cls, file: str, field: str, value: object, remedy: str) -> InputError:
        """Build the error for a single problem."""
        return cls([Problem(file, field, value, remedy)])


SEED_REMEDY = "give a whole number from 0 to 2**63 - 1"


def is_whole(value: object) -> bool:
    """Whether a value is a whole number by type, Python's or NumPy's."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_seed(value: object) -> bool:
    """Whether addressed draws can start from this value: a whole number that the kernels can hold."""
    return isinstance(value, Integral) and is_whole(value) and 0 <= int(value) < 2**63
