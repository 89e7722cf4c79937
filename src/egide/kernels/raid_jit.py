"""The raid kernels' door to Numba: as `jit`, but without reference counting.

The raid kernels are many small functions that share many arrays, allocate nothing and keep nothing. Counting
references at every call cost four fifths of their time, and threads fought over the counters of shared
arrays. The switch is Numba's own but marked private; where a release lacks it, the kernels are only slower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core.options import DefaultOptions

from egide.kernels.jit import stamp_with_the_room

F = TypeVar("F", bound=Callable[..., object])


def bare(function: F) -> F:
    """Compile a kernel that allocates nothing: no Python objects, no global lock, no counting, cached."""
    njit: Any = numba.njit
    options: dict[str, Any] = {"nogil": True, "cache": True}
    if hasattr(DefaultOptions, "_nrt"):
        options["_nrt"] = False
    compiled = njit(**options)(function)
    stamp_with_the_room(compiled)
    return cast(F, compiled)
