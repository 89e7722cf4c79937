"""Radar equation, detection, beam geometry and M of N against published and independent figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.reference import acceptance

from egide.coverage.detection import albersheim_snr_db, detection_probability, required_snr_db
from egide.coverage.geometry import beam_ground_range_m, beam_height_m, horizon_range_m
from egide.coverage.radar import radar_power_w, radar_range_m, radar_snr_db
from egide.coverage.tracking import m_of_n_probability, track_initiation

pytestmark = pytest.mark.reference


def radar_of(inputs: dict[str, float]) -> dict[str, Any]:
    """Our argument names for those of the cases."""
    names = {
        "f_Hz": "frequency_hz", "Pt_W": "peak_power_w", "tau_s": "pulse_s", "G_dB": "transmit_gain_db",
        "Gt_dB": "transmit_gain_db", "Gr_dB": "receive_gain_db", "Rr_m": "receive_range_m",
        "Ts_K": "noise_temperature_k", "L_dB": "loss_db", "rcs_m2": "rcs_m2",
    }  # fmt: skip
    return {names[name]: value for name, value in inputs.items() if name in names}


def test_radar_equation_cases() -> None:
    """Ranges, ratios and powers of the published examples come out, monostatic and bistatic."""
    counted = 0
    for case in acceptance("radar_equation"):
        given = case["inp"]
        if "out_W" in case:
            found = radar_power_w(given["R_m"], given["SNR_dB"], **radar_of(given))
            assert found == pytest.approx(case["out_W"], rel=case["rel"]), case["name"]
        elif "out_dB" in case and "Pd" in given:
            found = albersheim_snr_db(given["Pd"], given["Pfa"], given["N"])
            assert found == pytest.approx(case["out_dB"], abs=case["tol"]), case["name"]
        elif "out_dB" in case:
            found = radar_snr_db(given.get("R_m", given.get("Rt_m")), **radar_of(given))
            assert found == pytest.approx(case["out_dB"], abs=case["tol"]), case["name"]
        elif "h_m" in given:
            found = horizon_range_m(given["h_m"], given["Re_eff_m"])
            assert found == pytest.approx(case["out_m"], abs=case["tol"]), case["name"]
        else:
            found = radar_range_m(given["SNR_dB"], **radar_of(given))
            assert found == pytest.approx(case["out_m"], rel=case["rel"]), case["name"]
        counted += 1
    assert counted >= 7


@pytest.mark.parametrize("swerling", range(5))
def test_exact_required_ratios(swerling: int) -> None:
    """The required ratio of every Swerling case agrees to the four decimals given, both ways round."""
    for case in acceptance("detection_exact_required_SNR_dB"):
        wanted = case[f"exact_sw{swerling}"]
        found = required_snr_db(case["Pd"], case["Pfa"], case["N"], swerling)
        assert found == pytest.approx(wanted, abs=1e-4)
        pd = detection_probability(wanted, case["Pfa"], case["N"], swerling)
        assert pd == pytest.approx(case["Pd"], abs=1e-4)


def test_albersheim_column() -> None:
    """Albersheim's approximation gives the published figures."""
    for case in acceptance("detection_exact_required_SNR_dB"):
        found = albersheim_snr_db(case["Pd"], case["Pfa"], case["N"])
        assert found == pytest.approx(case["alb"], abs=1e-3)


def test_beam_over_a_four_thirds_earth() -> None:
    """Beam heights and ground ranges are those of wradlib's own tests, to a millimetre."""
    case = acceptance("geometry_4_3_beam")
    radius = 4.0 / 3.0 * case["re"]
    where = {"antenna_height_amsl_m": case["site_alt"], "effective_radius_m": radius}
    height = beam_height_m(case["r_m"], case["theta_deg"], **where)
    ground = beam_ground_range_m(case["r_m"], case["theta_deg"], **where)
    np.testing.assert_allclose(height, case["height_m"], atol=case["tol"], rtol=0.0)
    np.testing.assert_allclose(ground, case["ground_m"], atol=case["tol"], rtol=0.0)


def test_m_of_n_cases() -> None:
    """Two of three and three of five give the closed-form figures, by formula and by the sliding window."""
    for name, table in acceptance("mofn").items():
        m, n = (int(part) for part in name.split("/"))
        for p, wanted in table.items():
            assert m_of_n_probability(float(p), m, n) == pytest.approx(wanted, abs=1e-12)
            track = track_initiation(np.full(n, float(p)), m, n)
            assert track.confirmed_fraction[-1] == pytest.approx(wanted, abs=1e-12)
