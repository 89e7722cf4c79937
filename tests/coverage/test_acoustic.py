"""Laws of sound outdoors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage import acoustic as ac
from egide.errors import InputError


@settings(deadline=None)
@given(f=st.floats(20.0, 9_000.0), t=st.floats(253.0, 318.0), h=st.floats(0.1, 1.0))
def test_higher_tones_die_sooner(f: float, t: float, h: float) -> None:
    """Attenuation is positive and grows with frequency in any weather."""
    low = ac.sound_attenuation_db_per_km(f, temperature_k=t, humidity_fraction=h)
    high = ac.sound_attenuation_db_per_km(1.1 * f, temperature_k=t, humidity_fraction=h)
    assert 0.0 < low < high


@settings(deadline=None)
@given(
    power=st.floats(80.0, 150.0), ambient=st.floats(20.0, 70.0), pd=st.floats(0.05, 0.95),
    rate=st.floats(0.0, 20.0), excess=st.floats(0.0, 20.0), sigma=st.floats(5.0, 8.0),
)  # fmt: skip
def test_range_inverts_probability(
    power: float, ambient: float, pd: float, rate: float, excess: float, sigma: float
) -> None:
    """At the range for a probability that probability is found."""
    reach = ac.acoustic_range_m(
        power, ambient, pd=pd, attenuation_db_per_km=rate, excess_db=excess, sigma_db=sigma
    )
    found = ac.acoustic_pd(
        reach, power, ambient, attenuation_db_per_km=rate, excess_db=excess, sigma_db=sigma
    )
    assert found == pytest.approx(pd, abs=1e-9)


def test_the_level_is_that_of_a_sphere() -> None:
    """120 dB of sound power are 49 dB at one kilometre, 1 dB/km of air less, and 6 dB less twice as far."""
    assert ac.received_level_db(1_000.0, 120.0) == pytest.approx(49.0)
    assert ac.received_level_db(1_000.0, 120.0, attenuation_db_per_km=1.0) == pytest.approx(48.0)
    drop = ac.received_level_db(1_000.0, 120.0) - ac.received_level_db(2_000.0, 120.0)
    assert drop == pytest.approx(20.0 * np.log10(2.0))
    assert ac.acoustic_pd(1_000.0, 120.0, 49.0) == pytest.approx(0.5)


@settings(deadline=None)
@given(calm=st.floats(20.0, 70.0), wind=st.floats(0.0, 20.0))
def test_wind_only_adds_noise(calm: float, wind: float) -> None:
    """Wind never quietens the ambient, more wind is louder, and no wind leaves it alone."""
    loud = ac.ambient_with_wind_db(calm, wind)
    assert loud >= calm - 1e-12
    assert ac.ambient_with_wind_db(calm, wind + 1.0) > loud
    assert ac.ambient_with_wind_db(calm, 0.0) == pytest.approx(calm)


def test_wind_takes_from_sound_that_runs_against_it() -> None:
    """Nothing from the upwind side of the source, the full excess downwind of the microphone, half at 60."""
    assert ac.wind_excess_db(5.0, 90.0, 90.0) == 0.0
    assert ac.wind_excess_db(5.0, 90.0, 270.0) == pytest.approx(ac.UPWIND_EXCESS_DB)
    assert ac.wind_excess_db(50.0, 90.0, 270.0) == pytest.approx(ac.UPWIND_EXCESS_DB)
    assert ac.wind_excess_db(5.0, 0.0, 120.0) == pytest.approx(ac.UPWIND_EXCESS_DB / 2.0)
    assert ac.wind_excess_db(0.0, 0.0, 180.0) == 0.0


def test_nominal_bands_have_exact_middles() -> None:
    """63 Hz stands for 63.096 Hz, 125 for 125.89, 1000 for itself."""
    np.testing.assert_allclose(
        ac.exact_midband_hz([63.0, 125.0, 1000.0]), [63.0957, 125.8925, 1000.0], rtol=1e-5
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: ac.received_level_db(0.0, 100.0),
        lambda: ac.received_level_db(10.0, None),
        lambda: ac.sound_attenuation_db_per_km(0.0),
        lambda: ac.sound_attenuation_db_per_km(100.0, humidity_fraction=70.0),
        lambda: ac.sound_attenuation_db_per_km(100.0, temperature_k=10.0),
        lambda: ac.acoustic_pd(10.0, 100.0, 40.0, sigma_db=0.0),
        lambda: ac.acoustic_pd([1.0, 2.0], 100.0, [40.0, 41.0, 42.0]),
        lambda: ac.acoustic_range_m(100.0, 40.0, pd=1.0),
        lambda: ac.ambient_with_wind_db(40.0, -1.0),
        lambda: ac.wind_excess_db(np.nan, 0.0, 0.0),
        lambda: ac.exact_midband_hz(-63.0),
    ],
)
def test_impossible_sound_is_refused(call: object) -> None:
    """Zero range, unknown sources, per cent, degrees Celsius and negative winds are refused."""
    with pytest.raises(InputError):
        call()  # type: ignore[operator]
