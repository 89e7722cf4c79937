"""Checks of the arguments of the physics functions: gathered, then raised together.

Every public function opens with an `Arguments`, reads each argument through it and calls `done()` before
it computes, so that a caller who got three things wrong is told of three things at once.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import InputError, Problem

Floats = NDArray[np.float64]
"""Array of float64, or one float64 where every argument was a scalar."""


class Arguments:
    """What is wrong with the arguments of one call.

    Parameters
    ----------
    function : str
        Name the caller knows, which the message starts with.
    """

    def __init__(self, function: str) -> None:
        self._function = function
        self._problems: list[Problem] = []

    def refuse(self, field: str, value: object, remedy: str) -> None:
        """Note one problem."""
        self._problems.append(Problem(self._function, field, value, remedy))

    def done(self) -> None:
        """Raise everything noted so far.

        Raises
        ------
        InputError
            If anything was refused.
        """
        if self._problems:
            raise InputError(self._problems)

    def number(
        self,
        field: str,
        value: ArrayLike | None,
        *,
        low: float = -math.inf,
        high: float = math.inf,
        above: float | None = None,
        below: float | None = None,
        nan: bool = False,
        unit: str = "",
    ) -> Floats:
        """Read a number or an array of numbers within limits.

        Parameters
        ----------
        field : str
        value : array_like or None
        low, high : float
            Allowed limits, themselves included.
        above, below : float, optional
            Allowed limits, themselves left out; -inf and inf leave out just these two.
        nan : bool
            Whether NaN is let through (as "no data").
        unit : str
            Shown in the message.

        Returns
        -------
        ndarray of float64
            NaN of the right shape when it was refused, so that the remaining arguments can be read.
        """
        array = _floats(value)
        if array is None:
            self.refuse(field, value, f"must be a number or an array of numbers{_of(unit)}")
            return np.array(np.nan)
        wrong = (array < low) | (array > high)
        if above is not None:
            wrong |= array <= above
        if below is not None:
            wrong |= array >= below
        if not nan:
            wrong |= np.isnan(array)
        if np.any(wrong):
            self.refuse(field, _first(array, wrong), _limits(low, high, above, below, unit))
        return array

    def positive(self, field: str, value: ArrayLike | None, unit: str = "") -> Floats:
        """Read finite numbers above zero."""
        return self.number(field, value, above=0.0, below=math.inf, unit=unit)

    def finite(self, field: str, value: ArrayLike | None, unit: str = "") -> Floats:
        """Read finite numbers of either sign."""
        return self.number(field, value, above=-math.inf, below=math.inf, unit=unit)

    def not_negative(self, field: str, value: ArrayLike | None, unit: str = "") -> Floats:
        """Read finite numbers of zero or more."""
        return self.number(field, value, low=0.0, below=math.inf, unit=unit)

    def fraction(self, field: str, value: ArrayLike | None, *, nan: bool = False) -> Floats:
        """Read shares or probabilities from 0 to 1."""
        return self.number(field, value, low=0.0, high=1.0, nan=nan, unit="as a fraction, not in percent")

    def whole(self, field: str, value: ArrayLike | None, *, low: int = 1, high: int | None = None) -> Floats:
        """Read whole numbers, kept as float64 so that they broadcast with the rest."""
        array = _floats(value)
        what = f"a whole number of at least {low}" + ("" if high is None else f" and at most {high}")
        if array is None:
            self.refuse(field, value, f"is unknown or no number; enter {what}")
            return np.array(np.nan)
        top = math.inf if high is None else float(high)
        wrong = ~np.isfinite(array) | (array < low) | (array > top) | (array != np.round(array))
        if np.any(wrong):
            self.refuse(field, _first(array, wrong), f"enter {what}")
        return array

    def shapes(self, **arrays: Floats) -> None:
        """Refuse arrays that do not broadcast against each other."""
        try:
            np.broadcast_shapes(*(array.shape for array in arrays.values()))
        except ValueError:
            shown = ", ".join(f"{name} {array.shape}" for name, array in arrays.items() if array.ndim)
            self.refuse("shapes", shown, "do not broadcast; give arrays of one shape, or scalars")


def _floats(value: ArrayLike | None) -> Floats | None:
    """Read as float64, or None for what is no number: None, text, booleans, ragged lists."""
    if value is None:
        return None
    try:
        raw = np.asarray(value)
    except ValueError:
        return None
    if raw.dtype.kind not in "iuf":
        return None
    return raw.astype(np.float64)


def _first(array: Floats, wrong: NDArray[np.bool_]) -> float:
    return float(np.atleast_1d(array)[np.atleast_1d(wrong)][0])


def _of(unit: str) -> str:
    return f" {unit}" if unit else ""


def _limits(low: float, high: float, above: float | None, below: float | None, unit: str) -> str:
    parts = []
    if above is not None and above > -math.inf:
        parts.append(f"above {above:g}")
    if low > -math.inf:
        parts.append(f"at least {low:g}")
    if high < math.inf:
        parts.append(f"at most {high:g}")
    if below is not None and below < math.inf:
        parts.append(f"below {below:g}")
    wanted = " and ".join(parts) if parts else "finite"
    return f"must be {wanted}{_of(unit)}"
