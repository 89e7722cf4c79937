"""Gas, rain and sound against the validation rows of the standards."""

from __future__ import annotations

import numpy as np
import pytest
from tests.reference import acceptance, reference

from egide.coverage.acoustic import exact_midband_hz, sound_attenuation_db_per_km
from egide.coverage.atmosphere import gas_attenuation, rain_attenuation_db_per_km, rain_coefficients

pytestmark = pytest.mark.reference


def test_p676_13_rows() -> None:
    """Dry air, water vapour and total agree with every row of ITU-R's validation of P.676-13."""
    path = reference("validation/itu/p676_13_gamma.csv")
    f, p, t, rho, dry, wet, total = np.genfromtxt(path, delimiter=",", skip_header=2).T
    assert f.size > 100
    gas = gas_attenuation(f * 1e9, pressure_pa=p * 100.0, temperature_k=t, water_vapour_g_per_m3=rho)
    np.testing.assert_allclose(gas.dry_air_db_per_km, dry, rtol=1e-9)
    np.testing.assert_allclose(gas.water_vapour_db_per_km, wet, rtol=1e-9)
    np.testing.assert_allclose(gas.total_db_per_km, total, rtol=1e-9)


def test_p838_3_rows() -> None:
    """Coefficients and attenuation agree with every row of ITU-R's validation of P.838-3."""
    path = reference("validation/itu/p838_3_rain.csv")
    e, f, rate, tilt, k, alpha, gamma = np.genfromtxt(path, delimiter=",", skip_header=2).T
    assert f.size > 20
    where = {"elevation_deg": e, "polarisation_tilt_deg": tilt}
    law = rain_coefficients(f * 1e9, **where)
    np.testing.assert_allclose(law.k, k, rtol=1e-6)
    np.testing.assert_allclose(law.alpha, alpha, rtol=1e-7)
    np.testing.assert_allclose(rain_attenuation_db_per_km(f * 1e9, rate, **where), gamma, rtol=1e-7)


def test_iso_9613_1_bands() -> None:
    """Attenuation at 10 degrees Celsius and 70 % humidity agrees at the exact mid-band frequencies."""
    case = acceptance("acoustics_iso9613_1_dBkm_10C_70RH")
    found = sound_attenuation_db_per_km(
        exact_midband_hz(case["f"]), temperature_k=283.15, humidity_fraction=0.7
    )
    np.testing.assert_allclose(found, case["exact_midband"], atol=6e-4, rtol=0.0)
