"""Codes of lowest visible heights: rounded against the planner, never in his favour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.coverage.result import OFFSET_M, QUANTUM_M, UNSEEN, Coverage, decode
from egide.coverage.stations import Station
from egide.errors import EgideError


@given(st.integers(0, 65_534))
def test_a_code_is_a_height_in_steps_from_below_sea_level(code: int) -> None:
    assert decode(np.array([code], dtype=np.uint16))[0] == code * QUANTUM_M - OFFSET_M


def test_an_unseen_cell_is_visible_at_no_height() -> None:
    assert np.isinf(decode(np.array([UNSEEN]))[0])


def test_a_cell_outside_a_station_s_window_is_never_visible(tiny_coverage: Coverage) -> None:
    far = np.array([-5, 10_000])
    assert np.all(np.isinf(tiny_coverage.lowest_amsl_m(0, far, far)))


def test_a_station_that_was_not_swept_asks_for_cover_again(tiny_coverage: Coverage) -> None:
    with pytest.raises(EgideError, match="run cover again"):
        tiny_coverage.station_index(Station("hill", 123.0))
    with pytest.raises(EgideError, match="run cover again"):
        tiny_coverage.position_of("nowhere")
