"""The tracking kernels give what writing out every sequence gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import tracking as naive

from egide.kernels import tracking as kernel

windows = st.integers(1, 5).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


@settings(deadline=None, max_examples=40)
@given(window=windows, pd=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_chain_equals_every_sequence(window: tuple[int, int], pd: list[float]) -> None:
    """Scan by scan, the chain of states gives the sum over all sequences of hits and misses."""
    m, n = window
    cases = np.array([pd, pd[::-1]])
    out = np.empty_like(cases)
    kernel.first_confirmation(cases, m, n, out)
    np.testing.assert_allclose(out, naive.first_confirmation(cases, m, n), atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(window=windows, p=st.floats(0.2, 1.0))
def test_mean_equals_summed_waiting(window: tuple[int, int], p: float) -> None:
    """State elimination gives the mean that summing the waiting probability gives."""
    m, n = window
    assert kernel.mean_scans(p, m, n) == pytest.approx(naive.mean_scans(p, m, n), rel=1e-9)


def test_rare_detections_keep_their_digits() -> None:
    """For rare hits the mean wait for 2 of 3 tends to 1 / (2 p^2), to all digits."""
    assert kernel.mean_scans(1e-9, 2, 3) == pytest.approx(5e17, rel=1e-7)
    assert kernel.mean_scans(1e-200, 3, 4) == np.inf
