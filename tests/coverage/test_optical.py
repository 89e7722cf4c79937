"""Laws of eyes and cameras."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage import optical
from egide.coverage.optical import Light
from egide.errors import InputError

visibilities = st.floats(50.0, 50_000.0)
lights = st.sampled_from(list(Light))


@settings(deadline=None)
@given(v=visibilities, inherent=st.floats(0.01, 1.0))
def test_visibility_is_where_two_per_cent_are_left(v: float, inherent: float) -> None:
    """At the meteorological visibility 2 % of the contrast is left; at no distance all of it."""
    left = optical.contrast_fraction(v, v, inherent_contrast_fraction=inherent)
    assert left == pytest.approx(0.02 * inherent, rel=1e-3)
    assert optical.contrast_fraction(0.0, v, inherent_contrast_fraction=inherent) == inherent


@settings(deadline=None)
@given(length=st.floats(0.2, 10.0), v=visibilities, light=lights)
def test_eyes_see_less_further_off(length: float, v: float, light: Light) -> None:
    """Pd falls with range, rises with size and visibility, and with light."""
    reach = np.logspace(1, 4.5, 60)
    pd = optical.eye_pd(reach, length, v, light)
    assert np.all(np.diff(pd) <= 0.0)
    assert np.all(optical.eye_pd(reach, 2.0 * length, v, light) >= pd)
    assert np.all(optical.eye_pd(reach, length, 2.0 * v, light) >= pd)
    assert np.all(optical.eye_pd(reach, length, v, Light.DAY) >= pd)
    assert np.all(optical.eye_pd(reach, length, v, light, magnification=7.0) >= pd)


@settings(deadline=None, max_examples=30)
@given(length=st.floats(0.5, 10.0), v=visibilities, light=lights, pd=st.floats(0.1, 0.9))
def test_range_inverts_probability(length: float, v: float, light: Light, pd: float) -> None:
    """At the range for a probability that probability is found."""
    reach = optical.eye_range_m(length, v, light, pd=pd)
    assert optical.eye_pd(reach, length, v, light) == pytest.approx(pd, abs=1e-6)


def test_never_seen_has_no_range() -> None:
    """A target without contrast is never seen, and its range is zero, not an error."""
    assert optical.eye_range_m(3.0, 1e4, Light.DARK, inherent_contrast_fraction=0.0) == 0.0
    assert optical.eye_pd(100.0, 3.0, 1e4, "day", inherent_contrast_fraction=0.0) == 0.0


def test_threshold_has_its_two_limits() -> None:
    """Large targets need the plain contrast; for small ones contrast times area is constant."""
    eye = optical.EYES[Light.DAY]
    assert optical.threshold_contrast_fraction(90.0) == pytest.approx(eye.contrast_fraction, rel=0.01)
    assert optical.threshold_contrast_fraction(eye.unit_contrast_angle_deg) == pytest.approx(1.0)
    small = optical.threshold_contrast_fraction([1e-5, 2e-5])
    assert small[0] / small[1] == pytest.approx(4.0, rel=1e-3)


@settings(deadline=None)
@given(length=st.floats(0.2, 10.0), v=visibilities, pixel=st.floats(1e-4, 0.05))
def test_cameras_resolve_less_further_off(length: float, v: float, pixel: float) -> None:
    """Pd falls with range and with coarser pixels, and identification is harder than detection."""
    reach = np.logspace(1, 4.5, 60)
    pd = optical.camera_pd(reach, length, v, pixel_angle_deg=pixel)
    assert np.all(np.diff(pd) <= 1e-12)
    assert np.all(optical.camera_pd(reach, length, v, pixel_angle_deg=2.0 * pixel) <= pd)
    assert np.all(optical.camera_pd(reach, length, v, pixel_angle_deg=pixel, cycles_for_half=6.0) <= pd)


def test_half_the_cases_at_the_stated_cycles() -> None:
    """In clear air one resolved cycle across the target is seen half of the time."""
    reach, length = 1_000.0, 2.0
    pixel = np.degrees(2.0 * np.arctan(length / (2.0 * reach))) / 2.0
    seen = optical.camera_pd(reach, length, np.inf, pixel_angle_deg=pixel, threshold_contrast_fraction=1e-6)
    assert seen == pytest.approx(0.5)


def test_visibility_classes_are_in_order() -> None:
    """Each class of the visibility code reaches further than the one before."""
    assert np.all(np.diff(list(optical.VISIBILITY_M.values())) > 0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: optical.eye_pd(0.0, 3.0, 1e4),
        lambda: optical.eye_pd(10.0, 0.0, 1e4),
        lambda: optical.eye_pd(10.0, 3.0, 0.0),
        lambda: optical.eye_pd(10.0, 3.0, 1e4, "gloom"),
        lambda: optical.eye_range_m(3.0, 1e4, pd=0.0),
        lambda: optical.camera_pd(10.0, 3.0, 1e4, pixel_angle_deg=0.0),
        lambda: optical.camera_pd(10.0, 3.0, 1e4, pixel_angle_deg=0.1, threshold_contrast_fraction=2.0),
        lambda: optical.contrast_fraction(-1.0, 1e4),
        lambda: optical.contrast_fraction(1.0, 1e4, inherent_contrast_fraction=1.5),
    ],
)
def test_impossible_sights_are_refused(call: object) -> None:
    """Zero ranges and sizes, no visibility, unknown light and contrasts above one are refused."""
    with pytest.raises(InputError):
        call()  # type: ignore[operator]
