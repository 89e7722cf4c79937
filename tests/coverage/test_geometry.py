"""Laws of beams, horizons and elevation angles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from egide.coverage import geometry as geo
from egide.errors import InputError

ranges = st.floats(1.0, 400_000.0)
elevations = st.floats(-5.0, 80.0)
heights = st.floats(0.0, 3_000.0)
radii = st.sampled_from([geo.FOUR_THIRDS_EARTH_M, 8_477_361.55, 6_371_000.0, 1e9, math.inf])


@settings(deadline=None)
@given(r=ranges, e=elevations, a=heights, radius=radii)
def test_beam_and_target_angles_are_inverse(r: float, e: float, a: float, radius: float) -> None:
    """The point a beam reaches is seen back at the beam's own elevation and slant range."""
    height = geo.beam_height_m(r, e, antenna_height_amsl_m=a, effective_radius_m=radius)
    ground = geo.beam_ground_range_m(r, e, antenna_height_amsl_m=a, effective_radius_m=radius)
    where = {"antenna_height_amsl_m": a, "effective_radius_m": radius}
    assert geo.slant_range_m(ground, height, **where) == pytest.approx(r, rel=1e-9, abs=1e-6)
    assert geo.elevation_to_target_deg(ground, height, **where) == pytest.approx(e, abs=1e-6)
    assert geo.elevation_of_slant_deg(r, height, **where) == pytest.approx(e, abs=1e-5)
    assert geo.height_at_elevation_m(ground, e, **where) == pytest.approx(height, rel=1e-9, abs=1e-4)


@settings(deadline=None)
@given(r=ranges, e=elevations, a=heights)
def test_flat_earth_is_the_limit_of_a_large_one(r: float, e: float, a: float) -> None:
    """An infinite radius is plain trigonometry, and a huge one comes close to it."""
    flat = geo.beam_height_m(r, e, antenna_height_amsl_m=a, effective_radius_m=math.inf)
    assert flat == pytest.approx(a + r * math.sin(math.radians(e)), abs=1e-6)
    huge = geo.beam_height_m(r, e, antenna_height_amsl_m=a, effective_radius_m=1e16)
    assert huge == pytest.approx(flat, abs=1e-4)
    along = geo.beam_ground_range_m(r, e, antenna_height_amsl_m=a, effective_radius_m=1e16)
    assert along == pytest.approx(r * math.cos(math.radians(e)), abs=1e-4)


@settings(deadline=None)
@given(r=st.floats(1_000.0, 400_000.0), e=st.floats(0.0, 60.0))
def test_a_beam_rises_over_a_round_earth(r: float, e: float) -> None:
    """The rounder the earth, the higher the beam stands over it."""
    radii_m = [6_371_000.0, geo.FOUR_THIRDS_EARTH_M, 2e7, math.inf]
    over = [float(geo.beam_height_m(r, e, effective_radius_m=radius)) for radius in radii_m]
    assert over[0] > over[1] > over[2] > over[3]


@settings(deadline=None)
@given(h=st.floats(0.0, 20_000.0), t=st.floats(0.0, 20_000.0), radius=radii)
def test_the_grazing_line_touches_the_earth(h: float, t: float, radius: float) -> None:
    """At the line-of-sight range the line between the two heights grazes the smooth earth."""
    assume(math.isfinite(radius))
    r = float(geo.line_of_sight_range_m(h, t, radius))
    assume(r > 100.0)
    elevation = float(geo.elevation_of_slant_deg(r, t, antenna_height_amsl_m=h, effective_radius_m=radius))
    lowest = (radius + h) * math.cos(math.radians(elevation)) - radius
    assert lowest == pytest.approx(0.0, abs=1e-3)
    assert r == pytest.approx(float(geo.line_of_sight_range_m(t, h, radius)))


def test_both_conventions_are_offered() -> None:
    """k = 4/3 with 6371 km is 8,494,667 m, and the other convention's 8,477,361.5 m can be handed in."""
    assert geo.effective_earth_radius_m() == pytest.approx(8_494_666.67, abs=0.01)
    assert geo.effective_earth_radius_m(1.3306171) == pytest.approx(8_477_361.5, abs=1.0)
    assert geo.effective_earth_radius_m(math.inf) == math.inf
    assert geo.horizon_range_m(30.0) > geo.horizon_range_m(30.0, 8_477_361.55)


def test_flat_earth_has_no_horizon_and_height_zero_no_range() -> None:
    """A flat earth hides nothing; an antenna on a smooth round earth sees to its own foot."""
    assert geo.horizon_range_m(30.0, math.inf) == math.inf
    assert geo.horizon_range_m(0.0) == 0.0


def test_points_that_no_triangle_holds() -> None:
    """A height beyond the slant range has no elevation, and a beam past the vertical no height."""
    assert math.isnan(geo.elevation_of_slant_deg(1_000.0, 5_000.0))
    assert geo.height_at_elevation_m(1_000.0, 90.0) == math.inf
    assert geo.height_at_elevation_m(0.0, 90.0, antenna_height_amsl_m=7.0) == 7.0
    assert geo.height_at_elevation_m(0.0, -90.0, antenna_height_amsl_m=7.0) == 7.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: geo.beam_height_m(-1.0, 2.0),
        lambda: geo.beam_height_m(1.0, 91.0),
        lambda: geo.beam_height_m(1.0, 2.0, effective_radius_m=0.0),
        lambda: geo.beam_height_m(1.0, 2.0, effective_radius_m=math.nan),
        lambda: geo.horizon_range_m(-0.1),
        lambda: geo.elevation_of_slant_deg(0.0, 10.0),
        lambda: geo.effective_earth_radius_m(0.0),
        lambda: geo.slant_range_m([1.0, 2.0], [1.0, 2.0, 3.0]),
    ],
)
def test_impossible_geometry_is_refused(call: object) -> None:
    """Negative ranges, angles past the vertical and earths without radius are refused."""
    with pytest.raises(InputError):
        call()  # type: ignore[operator]


def test_arrays_broadcast() -> None:
    """Ranges and elevations broadcast into a table."""
    table = geo.beam_height_m(np.array([[1e3], [2e3]]), np.array([1.0, 2.0, 3.0]))
    assert table.shape == (2, 3)
