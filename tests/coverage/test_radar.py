"""Laws of the radar equation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage import radar
from egide.errors import InputError

RADAR = {"frequency_hz": 3e9, "pulse_s": 1e-5, "transmit_gain_db": 35.0, "loss_db": 6.0, "rcs_m2": 0.5}
positive = st.floats(-3.0, 3.0).map(lambda exponent: 10.0**exponent)


@settings(deadline=None)
@given(snr=st.floats(-20.0, 40.0), power=st.floats(1.0, 1e7), back=st.none() | st.floats(0.0, 50.0))
def test_range_power_and_ratio_are_one_equation(snr: float, power: float, back: float | None) -> None:
    """Range from ratio, ratio from range and power from both give each other back."""
    reach = radar.radar_range_m(snr, peak_power_w=power, receive_gain_db=back, **RADAR)
    again = radar.radar_snr_db(reach, peak_power_w=power, receive_gain_db=back, **RADAR)
    assert again == pytest.approx(snr, abs=1e-9)
    needed = radar.radar_power_w(reach, snr, receive_gain_db=back, **RADAR)
    assert needed == pytest.approx(power, rel=1e-9)


@settings(deadline=None)
@given(out=st.floats(1e3, 1e5), back=st.floats(1e3, 1e5))
def test_a_bistatic_radar_knows_no_direction(out: float, back: float) -> None:
    """Exchanging the two ranges changes nothing, and equal ranges are the monostatic radar."""
    ratio = radar.radar_snr_db(out, receive_range_m=back, peak_power_w=1e5, **RADAR)
    assert ratio == pytest.approx(
        float(radar.radar_snr_db(back, receive_range_m=out, peak_power_w=1e5, **RADAR)), abs=1e-9
    )
    same = radar.radar_snr_db(out, receive_range_m=out, peak_power_w=1e5, **RADAR)
    assert same == pytest.approx(float(radar.radar_snr_db(out, peak_power_w=1e5, **RADAR)), abs=1e-12)


@settings(deadline=None)
@given(reach=st.floats(1e3, 5e5), stated=positive, echo=positive, error=st.floats(0.0, 6.0))
def test_fourth_root_and_its_band(reach: float, stated: float, echo: float, error: float) -> None:
    """Sixteen times the echo doubles the range; the band is the range moved by a fortieth of the decibels."""
    middle = radar.range_for_rcs_m(reach, stated, echo)
    assert radar.range_for_rcs_m(reach, stated, 16.0 * echo) == pytest.approx(2.0 * middle)
    assert radar.range_for_rcs_m(reach, stated, stated) == pytest.approx(reach)
    band = radar.range_band_for_rcs_m(reach, stated, echo, calibration_error_db=error)
    assert band.low_m <= band.range_m <= band.high_m
    assert 40.0 * math.log10(band.high_m / band.range_m) == pytest.approx(error, abs=1e-9)
    assert band.low_m * band.high_m == pytest.approx(band.range_m**2)


@settings(deadline=None)
@given(free=st.floats(0.0, 1e6), rate=st.floats(0.0, 50.0), spreading=st.sampled_from([20.0, 40.0]))
def test_loss_and_spreading_add_up(free: float, rate: float, spreading: float) -> None:
    """At the reduced range, spreading and absorption together are the spreading of the free-space range."""
    reach = float(radar.range_through_loss_m(free, rate, spreading_db=spreading))
    assert 0.0 <= reach <= free
    if free > 1.0:
        ways = spreading / 20.0
        total = spreading * math.log10(reach) + ways * rate * reach / 1000.0
        assert total == pytest.approx(spreading * math.log10(free), abs=1e-6)
    if rate == 0.0:
        assert reach == free


def test_two_way_loss_doubles_the_path() -> None:
    """Ten kilometres of half a decibel cost ten decibels there and back."""
    assert radar.two_way_loss_db(10_000.0, 0.5) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("range_m", 0.0), ("peak_power_w", -1.0), ("frequency_hz", 0.0), ("pulse_s", 0.0), ("rcs_m2", 0.0),
        ("noise_temperature_k", 0.0), ("loss_db", math.inf), ("transmit_gain_db", None), ("range_m", "far"),
    ],
)  # fmt: skip
def test_impossible_radars_are_refused(field: str, value: object) -> None:
    """Zero range, no power and the like are refused with the name of the argument."""
    arguments = {"range_m": 1e4, "peak_power_w": 1e5, **RADAR, field: value}
    with pytest.raises(InputError, match=field):
        radar.radar_snr_db(arguments.pop("range_m"), **arguments)  # type: ignore[arg-type]


def test_arrays_broadcast() -> None:
    """Ranges and echoes broadcast into a table of ratios."""
    ratios = radar.radar_snr_db(
        np.array([[1e4], [2e4]]), peak_power_w=1e5, **{**RADAR, "rcs_m2": np.array([0.01, 0.1, 1.0])}
    )
    assert ratios.shape == (2, 3)
    assert ratios[0, 0] - ratios[1, 0] == pytest.approx(40.0 * math.log10(2.0))
    with pytest.raises(InputError, match="spreading_db"):
        radar.range_through_loss_m(1.0, 1.0, spreading_db=30.0)
