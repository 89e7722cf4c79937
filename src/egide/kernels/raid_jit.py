"""The raid kernels' door to Numba: as `jit`, but without reference counting.

The raid kernels are many small functions that share many arrays, allocate nothing and keep nothing. Counting
references at every call cost four fifths of their time, and threads fought over the counters of shared
arrays. The switch is Numba's own but marked private; where a release lacks it, the kernels are only slower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

F = TypeVar("F", bound=Callable[..., object])


def bare(function: F) -> F:
    """Compile a kernel that allocates nothing: no Python objects, no global lock, no counting, cached on
    disk."""
    try:
        compiled: F = numba.njit(nogil=True, cache=True, _nrt=False)(function)
    except KeyError:
        compiled = numba.njit(nogil=True, cache=True)(function)
    return compiled
