"""The door to Numba knows whether a kernel was compiled since its room last changed."""

from __future__ import annotations

import numpy as np
import pytest

from egide.kernels import jit, rng


def test_a_kernel_counts_as_cached_only_when_newer_than_every_source(monkeypatch: pytest.MonkeyPatch) -> None:
    rng.uniform(np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4))
    if not hasattr(rng.uniform, "stats"):
        pytest.skip("kernels run as plain Python here, and nothing is compiled")
    assert jit.is_probably_cached(rng.uniform)
    later_ns = 2**62
    monkeypatch.setattr(jit, "_room_stamp", lambda: (("rng.py", later_ns, 1),))
    assert not jit.is_probably_cached(rng.uniform)


def test_what_is_no_kernel_is_not_cached() -> None:
    assert not jit.is_probably_cached(len)
