"""The one door to Numba, so that every kernel is compiled the same way.

Serial and `nogil`: the caller runs kernels over threads. Never `parallel=True`, which aborts when two
threads enter it. No `fastmath`, because results are asserted and hashed. With `NUMBA_DISABLE_JIT=1`
the same functions run as plain Python, which is how their lines are counted by coverage.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def jit(function: F) -> F:
    """Compile a kernel: no Python objects, no global lock, cached on disk."""
    compiled: Any = numba.njit(nogil=True, cache=True)(function)
    stamp_with_the_room(compiled)
    return cast(F, compiled)


def stamp_with_the_room(compiled: Any) -> None:
    """Make a cached kernel stale when any kernel's source changes, not only its own file's.

    Numba compares the stamp of the file that holds a function; a caller in another file would go on using
    the old code of what it calls. Without this private attribute the usual stamp stays.
    """
    held = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if held is not None and hasattr(held, "_source_stamp"):
        held._source_stamp = _room_stamp()


def is_probably_cached(kernel: Any) -> bool:
    """Whether a compiled form newer than every kernel's source lies on disk.

    A guess, for those who would compile ahead: another processor or signature makes it wrong, which costs time
    and nothing else.
    """
    newest_ns = max(modified for _, modified, _ in _room_stamp())
    held = getattr(getattr(kernel, "stats", None), "cache_path", None)
    if held is None:
        return False
    name = f"{kernel.py_func.__module__.rsplit('.', 1)[-1]}.{kernel.py_func.__qualname__}-"
    with contextlib.suppress(OSError), os.scandir(held) as entries:
        return any(
            e.name.startswith(name) and e.name.endswith(".nbi") and e.stat().st_mtime_ns >= newest_ns
            for e in entries
        )
    return False


@cache
def _room_stamp() -> tuple[tuple[str, int, int], ...]:
    """Name, time of change and size of every kernel's source."""
    with os.scandir(os.path.dirname(__file__)) as entries:
        found = [(e.name, e.stat().st_mtime_ns, e.stat().st_size) for e in entries if e.name.endswith(".py")]
    return tuple(sorted(found))
