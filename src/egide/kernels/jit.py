"""The one door to Numba, so that every kernel is compiled the same way.

Serial and `nogil`: the caller runs kernels over threads. Never `parallel=True`, which aborts when two
threads enter it. No `fastmath`, because results are asserted and hashed. With `NUMBA_DISABLE_JIT=1`
the same functions run as plain Python, which is how their lines are counted by coverage.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

F = TypeVar("F", bound=Callable[..., object])


def jit(function: F) -> F:
    """Compile a kernel: no Python objects, no global lock, cached on disk."""
    compiled: F = numba.njit(nogil=True, cache=True)(function)
    return compiled
