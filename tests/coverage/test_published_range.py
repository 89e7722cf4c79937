"""Laws of a radar known by one published range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage.detection import detection_probability
from egide.coverage.published_range import (
    PublishedRange,
    published_pd,
    published_range_band_m,
    published_snr_db,
)
from egide.errors import InputError

statements = st.builds(
    PublishedRange,
    range_m=st.floats(5e3, 4e5),
    rcs_m2=st.floats(0.01, 10.0),
    pd_fraction=st.sampled_from([0.5, 0.8, 0.9]),
    pfa=st.sampled_from([1e-4, 1e-6, 1e-8]),
    pulses=st.sampled_from([1, 3, 10, 30]),
    swerling=st.integers(0, 4),
    calibration_error_db=st.floats(0.0, 3.0),
)


@settings(deadline=None, max_examples=40)
@given(published=statements)
def test_the_statement_itself_is_kept(published: PublishedRange) -> None:
    """At the published range the published echo is seen with the published probability."""
    band = published_pd(published, published.range_m, published.rcs_m2)
    assert band.pd_fraction == pytest.approx(published.pd_fraction, abs=2e-6)
    assert band.low_fraction <= band.pd_fraction <= band.high_fraction
    reach = published_range_band_m(published, published.rcs_m2)
    assert reach.range_m == pytest.approx(published.range_m, rel=1e-9)
    assert reach.low_m <= reach.range_m <= reach.high_m


@settings(deadline=None, max_examples=40)
@given(published=statements, pd=st.floats(0.2, 0.95), echo=st.floats(0.001, 10.0), rain=st.floats(0.0, 1.0))
def test_range_inverts_probability(published: PublishedRange, pd: float, echo: float, rain: float) -> None:
    """At the range for a probability, rain included, that probability is found."""
    reach = published_range_band_m(published, echo, pd, attenuation_db_per_km=rain)
    found = published_pd(published, reach.range_m, echo, attenuation_db_per_km=rain)
    assert found.pd_fraction == pytest.approx(pd, abs=2e-6)


@settings(deadline=None, max_examples=40)
@given(published=statements)
def test_nearer_and_larger_is_seen_more(published: PublishedRange) -> None:
    """Pd never rises with range, never falls with the echo, and rain never helps."""
    far = published.range_m * np.linspace(0.2, 3.0, 50)
    pd = published_pd(published, far, published.rcs_m2).pd_fraction
    assert np.all(np.diff(pd) <= 1e-14)
    more = published_pd(published, far, 2.0 * published.rcs_m2).pd_fraction
    assert np.all(more >= pd - 1e-14)
    wet = published_pd(published, far, published.rcs_m2, attenuation_db_per_km=0.05).pd_fraction
    assert np.all(wet <= pd + 1e-14)


def test_the_curve_is_the_exact_statistics() -> None:
    """Half the range is 12 dB more, put through the exact detection probability."""
    published = PublishedRange(100e3, 1.0, 0.8, pulses=10, swerling=1)
    ratio = published_snr_db(published, 50e3, 1.0)
    assert ratio == pytest.approx(10.2146 + 40.0 * np.log10(2.0), abs=1e-3)
    exact = detection_probability(ratio, 1e-6, 10, 1)
    assert published_pd(published, 50e3, 1.0).pd_fraction == pytest.approx(exact, abs=1e-6)
    assert published_snr_db(published, 50e3, 1.0, gain_db=12.0) == pytest.approx(ratio + 12.0)
    assert published_snr_db(published, 50e3, 1.0, gain_db=-np.inf) == -np.inf


def test_impossible_statements_are_refused_together() -> None:
    """A statement that cannot be true is refused with all that is wrong with it."""
    with pytest.raises(InputError) as caught:
        PublishedRange(0.0, -1.0, 1.0, pfa=0.0, pulses=0, swerling=7, calibration_error_db=-1.0)
    assert len(caught.value.problems) == 7
    with pytest.raises(InputError, match="above pfa"):
        PublishedRange(1e3, 1.0, 1e-7)
    with pytest.raises(InputError, match="range_m"):
        published_pd(PublishedRange(1e3, 1.0, 0.5), 0.0, 1.0)
