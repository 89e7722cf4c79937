"""Codes of lowest visible heights: rounded against the planner, never in his favour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.coverage.result import QUANTUM_M, UNSEEN, Coverage, decode, encode
from egide.coverage.stations import Station
from egide.errors import EgideError


@given(st.floats(-499.0, 30_000.0))
def test_a_code_is_never_below_the_height_and_never_more_than_a_step_above(height_m: float) -> None:
    kept = decode(encode(np.array([height_m])))[0]
    assert height_m <= kept < height_m + QUANTUM_M + 1e-6


def test_what_is_unknown_or_beyond_the_codes_is_unseen() -> None:
    codes = encode(np.array([np.nan, np.inf, 40_000.0]))
    assert np.all(codes == UNSEEN)
    assert np.all(np.isinf(decode(codes)))


def test_a_cell_outside_a_station_s_window_is_never_visible(tiny_coverage: Coverage) -> None:
    far = np.array([-5, 10_000])
    assert np.all(np.isinf(tiny_coverage.lowest_amsl_m(0, far, far)))


def test_a_station_that_was_not_swept_asks_for_cover_again(tiny_coverage: Coverage) -> None:
    with pytest.raises(EgideError, match="run cover again"):
        tiny_coverage.station_index(Station("hill", 123.0))
    with pytest.raises(EgideError, match="run cover again"):
        tiny_coverage.position_of("nowhere")
