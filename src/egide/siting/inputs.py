"""The door of the covering problems: everything wrong with the arguments, said at once."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from egide.errors import InputError, Problem
from egide.kernels.covering import rows_are_canonical
from egide.siting.clock import Clock
from egide.siting.reduction import Reduced, reduce_covers, take_rows

_SHOWN = 5  # offending entries named one by one; a million NaN make no readable message


@dataclass(frozen=True, slots=True)
class Covers:
    """Canonical compressed rows: sorted, no repeats, no stored zeros.

    `values` holds one number per entry where the problem takes probabilities, and is empty otherwise.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: NDArray[np.float64]
    sites: int
    points: int
    readable: bool = True


@dataclass(slots=True)
class Door:
    """Gathers the problems of one call and raises them together.

    Parameters
    ----------
    caller : str
        Name of the public function, shown as the place of each problem.
    """

    caller: str
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, name: str, value: object, remedy: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(self.caller, name, value, remedy))

    def close(self) -> None:
        """Raise what was gathered.

        Raises
        ------
        InputError
            If anything was refused.
        """
        if self.problems:
            raise InputError(self.problems)

    def covers(self, covers: Any, name: str = "covers", probabilities: bool = False) -> Covers:
        """Cover sets, sites x points, as canonical compressed rows; an empty set where they are refused."""
        nothing = Covers(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0), 0, 0, readable=False)
        if not sp.issparse(covers):
            try:
                covers = np.asarray(covers)
                if covers.ndim != 2 or covers.dtype == object:
                    raise ValueError
                covers = sp.csr_array(covers)
            except (TypeError, ValueError):
                self.refuse(name, type(covers).__name__, "must be a SciPy CSR array, sites x points")
                return nothing
        if covers.ndim != 2:
            self.refuse(name, covers.shape, "must have two dimensions, sites x points")
            return nothing
        rows = sp.csr_array(covers)
        data = rows.data
        if data.dtype.kind not in "biuf":
            self.refuse(name, str(data.dtype), "must hold booleans or real numbers")
            return nothing
        if not self._entries_allowed(name, data, probabilities):
            return nothing
        indptr = _owned(rows.indptr, np.int64)
        indices = _owned(rows.indices, np.int32)
        untidy = not rows_are_canonical(indptr, indices, rows.shape[1])
        if untidy or (data.size and not data.all()):
            rows = rows.copy()
            if untidy:
                rows.has_sorted_indices = False
                rows.has_canonical_format = False
                rows.sort_indices()
                repeated = (np.diff(rows.indices) == 0).any() and rows.nnz > _distinct(rows)
                if repeated:
                    self.refuse(name, None, "names a point twice for one site: call sum_duplicates() first")
                    return nothing
            rows.eliminate_zeros()
            indptr = _owned(rows.indptr, np.int64)
            indices = _owned(rows.indices, np.int32)
            data = rows.data
        values = _owned(data, np.float64) if probabilities else np.empty(0)
        return Covers(indptr, indices, values, int(rows.shape[0]), int(rows.shape[1]))

    def _entries_allowed(self, name: str, data: NDArray[Any], probabilities: bool) -> bool:
        if data.dtype.kind == "b":
            return True
        if probabilities:
            with np.errstate(invalid="ignore"):
                wrong = ~((data >= 0) & (data <= 1))
            remedy = "must be a probability between 0 and 1"
        else:
            wrong = (data != 0) & (data != 1)
            remedy = "must be true or false (1 or 0); only expected_cover takes probabilities"
        if wrong.any():
            self.refuse(f"{name}.data", data[wrong][0].item(), remedy)
            return False
        return True

    def amounts(self, name: str, values: Any, length: int, what: str) -> NDArray[np.float64]:
        """A vector of finite numbers, none negative, of the length of `what`."""
        try:
            array = _owned(values, np.float64)
        except (TypeError, ValueError):
            self.refuse(name, type(values).__name__, f"must be numbers, one for each {what}")
            return np.zeros(length)
        if array.ndim != 1 or array.shape[0] != length:
            self.refuse(name, array.shape, f"must have one entry for each {what}, that is shape ({length},)")
            return np.zeros(length)
        wrong = np.nonzero(~(np.isfinite(array) & (array >= 0.0)))[0]
        for k in wrong[:_SHOWN]:
            self.refuse(f"{name}[{k}]", float(array[k]), "must be a finite number, 0 or more")
        if wrong.size > _SHOWN:
            self.refuse(name, f"{wrong.size} entries", "more entries are negative or not finite")
        return array if not wrong.size else np.zeros(length)

    def whole(self, name: str, value: Any, least: int = 0) -> int:
        """A whole number, `least` or more."""
        try:
            if isinstance(value, bool | np.bool_):
                raise TypeError
            number = operator.index(value)
        except TypeError:
            self.refuse(name, value, f"must be a whole number, {least} or more")
            return least
        if number < least:
            self.refuse(name, number, f"must be {least} or more")
            return least
        return number

    def real(self, name: str, value: Any, *, most: float = math.inf, below: bool = False) -> float:
        """A number from 0 to `most` (infinity allowed where `most` is infinite; `most` excluded if below)."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            self.refuse(name, value, "must be a number")
            return 0.0
        if not 0.0 <= number <= most or (below and number == most):
            limit = "" if math.isinf(most) else f" and {'below' if below else 'at most'} {most:g}"
            self.refuse(name, number, f"must be 0 or more{limit}")
            return 0.0
        return number

    def money(self, costs: Any, budget: Any, sites: int) -> tuple[NDArray[np.float64], float]:
        """Costs of the sites and the budget: both or neither."""
        if costs is None and budget is None:
            return np.zeros(sites), math.inf
        if costs is None:
            self.refuse("costs", None, "is missing: a budget needs the cost of each site")
            return np.zeros(sites), math.inf
        checked = self.amounts("costs", costs, sites, "site")
        if budget is None:
            self.refuse("budget", None, "is missing: costs count only against a budget")
            return checked, math.inf
        return checked, self.real("budget", budget)

    def effort(self, gap: Any, time_limit_s: Any, seed: Any) -> tuple[float, float, int]:
        """How hard to try: the gap asked, the time limit and the seed."""
        return self.real("gap", gap), self.real("time_limit_s", time_limit_s), self.whole("seed", seed)


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A checked call: cover sets, weights, what may be spent, and how hard to try."""

    clock: Clock
    rows: Covers
    weights: NDArray[np.float64]
    limit: int
    costs: NDArray[np.float64]
    budget: float
    gap: float
    seed: int


def checked(
    door: Door, rows: Covers, weights: Any, limit: Any, costs: Any, budget: Any,
    effort: tuple[Any, Any, Any],
) -> Checked:  # fmt: skip
    """Check the arguments that the problems with a limit share.

    Parameters
    ----------
    door : Door
        Holds the problems already found; closed here.
    rows : Covers
        From `door.covers`.
    weights, limit, costs, budget
        As the caller was given them.
    effort : tuple
        Gap, time limit and seed.

    Returns
    -------
    Checked
        The clock runs from here.

    Raises
    ------
    InputError
        With every problem found.
    """
    began = Clock(math.inf)
    weight = door.amounts("weights", weights, rows.points, "point") if rows.readable else np.zeros(0)
    most = door.whole("limit", limit)
    cost, money = door.money(costs, budget, rows.sites) if rows.readable else (np.zeros(0), math.inf)
    gap, time_limit_s, seed = door.effort(*effort)
    door.close()
    return Checked(Clock(time_limit_s, began.began_s), rows, weight, most, cost, money, gap, seed)


def reduced_of(call: Checked, *, dominate: bool) -> Reduced:
    """The reduced instance of a checked call; sites dearer than the whole budget are left out."""
    names = np.nonzero(call.costs <= call.budget)[0]
    indptr, indices = call.rows.indptr, call.rows.indices
    if names.shape[0] < call.rows.sites:
        indptr, indices = take_rows(indptr, indices, names)
    return reduce_covers(indptr, indices, call.weights, call.costs[names], names, dominate=dominate)


def _owned(values: Any, dtype: Any) -> NDArray[Any]:
    """A contiguous, writable array: kernels are compiled for that kind only."""
    return np.require(values, dtype, ["C", "W"])


def _distinct(rows: Any) -> int:
    """Entries left once repeats in a row are counted as one; the rows are sorted."""
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    fresh = (np.diff(rows.indices, prepend=-1) != 0) | (np.diff(row, prepend=-1) != 0)
    return int(np.count_nonzero(fresh))


def sequence_of(value: Any) -> Sequence[Any]:
    """A list of one where a single thing was given."""
    return value if isinstance(value, list | tuple) else [value]
