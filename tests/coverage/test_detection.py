"""Laws of the detection probability and of its inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage.detection import (
    albersheim_snr_db,
    detection_curve,
    detection_probability,
    required_snr_db,
    shnidman_snr_db,
)
from egide.errors import InputError

pulses = st.one_of(st.integers(1, 64), st.sampled_from([100, 1000]))
cases = st.integers(0, 4)
pfas = st.floats(-12.0, -1.0).map(lambda exponent: 10.0**exponent)


@settings(deadline=None, max_examples=60)
@given(pfa=pfas, n=pulses, case=cases)
def test_pd_rises_with_the_echo(pfa: float, n: int, case: int) -> None:
    """A stronger echo is never seen less often, and never less often than a false alarm."""
    pd = detection_probability(np.linspace(-60.0, 60.0, 241), pfa, n, case)
    assert np.all(np.diff(pd) >= -1e-13)
    assert np.all((pd >= pfa * (1.0 - 1e-12)) & (pd <= 1.0))


@settings(deadline=None, max_examples=60)
@given(snr=st.floats(-20.0, 30.0), n=pulses, case=cases)
def test_pd_rises_with_tolerated_false_alarms(snr: float, n: int, case: int) -> None:
    """Who tolerates more false alarms detects no less."""
    pd = detection_probability(snr, np.logspace(-12, -1, 60), n, case)
    assert np.all(np.diff(pd) >= -1e-13)


@settings(deadline=None, max_examples=80)
@given(pd=st.floats(0.2, 0.999), pfa=pfas, n=pulses, case=cases)
def test_required_snr_inverts_pd(pd: float, pfa: float, n: int, case: int) -> None:
    """The required ratio gives the wanted probability back."""
    assert detection_probability(required_snr_db(pd, pfa, n, case), pfa, n, case) == pytest.approx(
        pd, abs=1e-10
    )


@settings(deadline=None, max_examples=60)
@given(pd=st.floats(0.7, 0.99), pfa=pfas, n=pulses)
def test_swerling_cases_are_ordered(pd: float, pfa: float, n: int) -> None:
    """At a high probability the steadier echo needs less: 0, then 4 and 3, and 1 needs most; 2 between."""
    need = required_snr_db(pd, pfa, n, np.arange(5))
    assert need[0] < need[4] <= need[3] + 1e-9
    assert need[3] < need[1]
    assert need[4] <= need[2] + 1e-9
    assert need[2] <= need[1] + 1e-9


@settings(deadline=None, max_examples=40)
@given(pd=st.floats(0.2, 0.99), pfa=pfas, case=cases)
def test_more_pulses_need_less_each(pd: float, pfa: float, case: int) -> None:
    """More pulses need a lower ratio each, but never gain more than adding them in phase would."""
    n = np.array([1, 2, 5, 10, 50, 200, 1000])
    need = required_snr_db(pd, pfa, n, case)
    assert np.all(np.diff(need) < 0.0)
    if case in (0, 1, 3):
        # Case 2 and 4 also gain by diversity, so that only the correlated cases have this bound.
        assert np.all(need + 10.0 * np.log10(n) >= need[0] - 1e-9)


@settings(deadline=None, max_examples=40)
@given(snr=st.floats(-20.0, 40.0), pfa=pfas)
def test_one_pulse_closed_form_and_equal_cases(snr: float, pfa: float) -> None:
    """For one pulse Swerling 1 is pfa ** (1 / (1 + snr)), case 2 equals 1 and case 4 equals 3."""
    pd = detection_probability(snr, pfa, 1, np.arange(5))
    assert pd[1] == pytest.approx(pfa ** (1.0 / (1.0 + 10.0 ** (snr / 10.0))), rel=1e-10)
    assert pd[2] == pytest.approx(pd[1], rel=1e-12)
    assert pd[4] == pytest.approx(pd[3], rel=1e-12)


@pytest.mark.parametrize("case", range(5))
def test_simulated_echoes_are_detected_as_often(case: int) -> None:
    """A simulation of 40,000 looks agrees within 4.5 standard errors (false alarm below 1 in 20,000)."""
    rng = np.random.default_rng(20250704 + case)
    looks, n, pfa, snr_db = 40_000, 6, 1e-3, 4.0
    snr = 10.0 ** (snr_db / 10.0)
    gain = {
        0: np.ones((looks, 1)),
        1: rng.gamma(1.0, 1.0, (looks, 1)),
        2: rng.gamma(1.0, 1.0, (looks, n)),
        3: rng.gamma(2.0, 0.5, (looks, 1)),
        4: rng.gamma(2.0, 0.5, (looks, n)),
    }[case]
    noise = (rng.normal(size=(looks, n)) + 1j * rng.normal(size=(looks, n))) / np.sqrt(2.0)
    power = (np.abs(np.sqrt(snr * gain) + noise) ** 2).sum(axis=1)
    quiet = (rng.normal(size=(400_000, 2 * n)) ** 2).sum(axis=1) / 2.0
    threshold = np.quantile(quiet, 1.0 - pfa)
    # The threshold is estimated too; its error moves the false-alarm rate by about 5 % and Pd far less.
    exact = float(detection_probability(snr_db, pfa, n, case))
    error = np.sqrt(exact * (1.0 - exact) / looks + (0.05 * pfa * 12.0) ** 2)
    assert abs((power > threshold).mean() - exact) < 4.5 * error


def test_shapes_broadcast_and_scalars_stay_scalars() -> None:
    """Arguments broadcast like NumPy's own, and scalars give a scalar."""
    table = detection_probability(np.zeros((3, 1)), [1e-6, 1e-4], 10, 1)
    assert table.shape == (3, 2)
    assert np.ndim(detection_probability(10.0, 1e-6)) == 0
    assert np.ndim(required_snr_db(0.5, 1e-6)) == 0
    assert required_snr_db(np.empty(0), 1e-6).shape == (0,)


def test_no_echo_and_no_data_are_treated_as_stated() -> None:
    """-inf dB gives the false-alarm probability, +inf dB certainty, NaN gives NaN."""
    pd = detection_probability([-np.inf, np.inf, np.nan], 1e-6, 10, 1)
    assert pd[0] == 1e-6
    assert pd[1] == 1.0
    assert np.isnan(pd[2])


@pytest.mark.parametrize("bad", [None, 0, -3, 1.5, np.nan, "10"])
def test_unknown_pulses_are_refused_clearly(bad: object) -> None:
    """Unknown, zero, negative or fractional pulses give an InputError that names them."""
    for call in (lambda: detection_probability(10.0, 1e-6, bad), lambda: required_snr_db(0.5, 1e-6, bad)):
        with pytest.raises(InputError, match="pulses"):
            call()


@pytest.mark.parametrize(
    ("pd", "pfa", "n", "case", "field"),
    [
        (0.0, 1e-6, 1, 1, "pd"), (1.0, 1e-6, 1, 1, "pd"), (90.0, 1e-6, 1, 1, "pd"), (1e-7, 1e-6, 1, 1, "pd"),
        (0.9, 0.0, 1, 1, "pfa"), (0.9, 1.0, 1, 1, "pfa"), (0.9, np.nan, 1, 1, "pfa"),
        (0.9, 1e-6, 1, 5, "swerling"), (0.9, 1e-6, 1, None, "swerling"), (0.9, 1e-6, 1, 1.5, "swerling"),
    ],
)  # fmt: skip
def test_bad_decisions_are_refused(pd: float, pfa: float, n: int, case: int, field: str) -> None:
    """Probabilities outside their domain, a Pd below the false alarms and unknown cases are refused."""
    with pytest.raises(InputError, match=field):
        required_snr_db(pd, pfa, n, case)


def test_albersheim_is_near_the_steady_echo_where_it_holds() -> None:
    """Albersheim lies within 0.34 dB of the exact value for Pd 0.3 to 0.9 and Pfa 1e-7 to 1e-3."""
    pd, pfa, n = np.meshgrid([0.3, 0.4, 0.5, 0.7, 0.9], [1e-7, 1e-5, 1e-3], [1, 2, 10, 100], indexing="ij")
    off = albersheim_snr_db(pd, pfa, n) - required_snr_db(pd, pfa, n, 0)
    assert np.abs(off).max() < 0.34
    assert np.abs(off).max() > 0.1


def test_albersheim_without_a_value_is_refused() -> None:
    """Where the logarithm's argument is not positive the approximation is refused, not NaN."""
    with pytest.raises(InputError, match="required_snr_db"):
        albersheim_snr_db(1e-5, 1e-3, 1)


@pytest.mark.parametrize("case", range(5))
def test_shnidman_is_near_every_case_where_it_holds(case: int) -> None:
    """Shnidman lies within 1.1 dB of the exact value for each case, within 0.3 dB for the steady echo."""
    pd, pfa, n = np.meshgrid([0.1, 0.5, 0.8, 0.9, 0.95], [1e-9, 1e-6, 1e-4], [1, 5, 10, 100], indexing="ij")
    off = shnidman_snr_db(pd, pfa, n, case) - required_snr_db(pd, pfa, n, case)
    assert np.abs(off).max() < (0.3 if case == 0 else 1.1)
    with pytest.raises(InputError, match="pd"):
        shnidman_snr_db(0.999, 1e-6, 1, case)


@settings(deadline=None, max_examples=15)
@given(pfa=st.floats(-10.0, -2.0).map(lambda e: 10.0**e), n=st.integers(1, 1000), case=cases)
def test_curve_equals_the_exact_values(pfa: float, n: int, case: int) -> None:
    """The table interpolates to 1e-6 and is monotone between its points."""
    curve = detection_curve(pfa, n, case)
    x = np.linspace(-80.0, 90.0, 1703)
    assert np.abs(curve.pd(x) - detection_probability(x, pfa, n, case)).max() < 1e-6
    assert np.all(np.diff(curve.pd(x)) >= -1e-15)
    assert np.ndim(curve.pd(3.0)) == 0
    assert curve.pd([[1.0, 2.0]]).shape == (1, 2)
    with pytest.raises(ValueError, match="read-only"):
        curve.pd_fraction[0] = 0.0
