"""Laws of attenuation by gas and rain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage import atmosphere as air
from egide.errors import InputError

frequencies = st.floats(0.0, 3.0).map(lambda exponent: 1e9 * 10.0**exponent)


@settings(deadline=None)
@given(f=frequencies, t=st.floats(240.0, 315.0), vapour=st.floats(0.0, 25.0))
def test_gas_only_absorbs(f: float, t: float, vapour: float) -> None:
    """Neither part is ever negative, both grow with what absorbs, and the total is their sum."""
    gas = air.gas_attenuation(f, temperature_k=t, water_vapour_g_per_m3=vapour)
    assert gas.dry_air_db_per_km > 0.0
    assert gas.water_vapour_db_per_km >= 0.0
    total = air.gas_attenuation_db_per_km(f, temperature_k=t, water_vapour_g_per_m3=vapour)
    assert total == gas.total_db_per_km == gas.dry_air_db_per_km + gas.water_vapour_db_per_km


def test_no_air_absorbs_nothing() -> None:
    """Without air and vapour nothing is absorbed; without vapour only the dry part is left."""
    nothing = air.gas_attenuation([1e9, 60e9], pressure_pa=0.0, water_vapour_g_per_m3=0.0)
    assert np.all(nothing.total_db_per_km == 0.0)
    dry = air.gas_attenuation(22.235e9, water_vapour_g_per_m3=0.0)
    assert dry.water_vapour_db_per_km == 0.0


def test_the_known_peaks_are_peaks() -> None:
    """Oxygen absorbs most near 60 and 118.75 GHz, water vapour near 22.235 and 183.31 GHz."""
    f = np.linspace(1e9, 250e9, 24_901)
    gas = air.gas_attenuation(f)
    assert f[np.argmax(gas.dry_air_db_per_km)] == pytest.approx(60e9, abs=3e9)
    beyond = f > 100e9
    assert f[beyond][np.argmax(gas.dry_air_db_per_km[beyond])] == pytest.approx(118.75e9, abs=0.02e9)
    low = f < 60e9
    wet = gas.water_vapour_db_per_km
    near = low & (f > 18e9) & (f < 26e9)
    assert f[near][np.argmax(wet[near] / f[near] ** 2)] == pytest.approx(22.235e9, abs=0.1e9)
    assert f[np.argmax(wet)] == pytest.approx(183.31e9, abs=0.1e9)


@settings(deadline=None)
@given(f=frequencies, rate=st.floats(0.0, 150.0), e=st.floats(0.0, 90.0), tilt=st.floats(0.0, 90.0))
def test_rain_follows_its_power_law(f: float, rate: float, e: float, tilt: float) -> None:
    """Rain is k R**alpha, grows with its rate, and no rain takes nothing."""
    law = air.rain_coefficients(f, elevation_deg=e, polarisation_tilt_deg=tilt)
    found = air.rain_attenuation_db_per_km(f, rate, elevation_deg=e, polarisation_tilt_deg=tilt)
    assert found == pytest.approx(float(law.k) * rate ** float(law.alpha))
    assert air.rain_attenuation_db_per_km(f, 0.0) == 0.0
    more = air.rain_attenuation_db_per_km(f, rate + 1.0, elevation_deg=e, polarisation_tilt_deg=tilt)
    assert more > found


def test_circular_lies_between_the_linear_polarisations() -> None:
    """45 degrees gives the mean multiplier of horizontal and vertical; straight up they are alike."""
    k = [float(air.rain_coefficients(10e9, polarisation_tilt_deg=tilt).k) for tilt in (0.0, 45.0, 90.0)]
    assert k[1] == pytest.approx((k[0] + k[2]) / 2.0)
    up = [
        float(air.rain_coefficients(10e9, elevation_deg=90.0, polarisation_tilt_deg=t).k) for t in (0.0, 90.0)
    ]
    assert up[0] == pytest.approx(up[1])


def test_every_radar_band_has_a_value() -> None:
    """Below 1 GHz gas goes on smoothly to nothing and rain is nothing; above, both are added."""
    f = np.logspace(8, 9, 200)
    below = air.air_attenuation_db_per_km(f, rain_rate_mm_per_h=50.0)
    assert np.all(np.diff(below) > 0.0)
    assert below[0] < 1e-3
    at = air.air_attenuation_db_per_km(1e9)
    assert below[-2] == pytest.approx(at, rel=0.05)
    both = air.air_attenuation_db_per_km(10e9, rain_rate_mm_per_h=20.0)
    rain = air.rain_attenuation_db_per_km(10e9, 20.0)
    assert both == pytest.approx(air.gas_attenuation_db_per_km(10e9) + rain)


def test_humidity_is_turned_into_density() -> None:
    """At 15 degrees Celsius saturated air holds 12.8 g/m3 (standard tables), and half of it at 50 %."""
    full = air.water_vapour_g_per_m3(1.0, temperature_k=288.15)
    assert full == pytest.approx(12.8, abs=0.1)
    assert air.water_vapour_g_per_m3(0.5, temperature_k=288.15) == pytest.approx(full / 2.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: air.gas_attenuation(0.9e9),
        lambda: air.gas_attenuation(1.1e12),
        lambda: air.gas_attenuation(1e10, temperature_k=15.0),
        lambda: air.gas_attenuation(1e10, pressure_pa=-1.0),
        lambda: air.gas_attenuation(1e10, water_vapour_g_per_m3=-1.0),
        lambda: air.rain_attenuation_db_per_km(1e10, -1.0),
        lambda: air.rain_coefficients(1e10, elevation_deg=91.0),
        lambda: air.rain_coefficients(0.5e9),
        lambda: air.air_attenuation_db_per_km(0.0),
        lambda: air.water_vapour_g_per_m3(70.0),
        lambda: air.water_vapour_g_per_m3(0.7, temperature_k=15.0),
    ],
)
def test_impossible_weather_is_refused(call: object) -> None:
    """Frequencies outside the Recommendations, degrees Celsius for kelvin and per cent are refused."""
    with pytest.raises(InputError):
        call()  # type: ignore[operator]
