"""Laws of the minimum radial speed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage.doppler import above_clutter, mti_visible_fraction, radial_speed_mps
from egide.errors import InputError


@settings(deadline=None)
@given(
    speed=st.just(0.0) | st.floats(1.0, 900.0),
    least=st.just(0.0) | st.floats(0.1, 100.0),
    bearing=st.floats(0.0, 360.0),
)
def test_the_share_is_that_of_all_headings(speed: float, least: float, bearing: float) -> None:
    """Counting 20,000 evenly spread headings gives the closed form."""
    heading = (np.arange(20_000) + 0.5) * 360.0 / 20_000
    counted = above_clutter(speed, heading, bearing, least).mean()
    assert mti_visible_fraction(speed, least) == pytest.approx(counted, abs=2e-3)


def test_straight_in_and_across() -> None:
    """A target that comes straight in shows its whole speed, one that crosses shows none."""
    assert radial_speed_mps(50.0, 270.0, 90.0) == pytest.approx(-50.0)
    assert radial_speed_mps(50.0, 90.0, 90.0) == pytest.approx(50.0)
    assert radial_speed_mps(50.0, 0.0, 90.0) == pytest.approx(0.0, abs=1e-12)
    assert not above_clutter(50.0, 0.0, 90.0, 10.0)
    assert mti_visible_fraction(50.0, 0.0) == 1.0
    assert mti_visible_fraction(0.0, 0.0) == 1.0
    assert mti_visible_fraction(0.0, 5.0) == 0.0


def test_negative_speeds_are_refused() -> None:
    """Negative speeds and unknown headings are refused."""
    for call in (
        lambda: mti_visible_fraction(-1.0, 5.0),
        lambda: above_clutter(50.0, np.nan, 0.0, 5.0),
        lambda: above_clutter(50.0, 0.0, 0.0, -5.0),
    ):
        with pytest.raises(InputError):
            call()
