"""Laws of lobes over flat ground."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.coverage.geometry import beam_height_m
from egide.coverage.lobing import Ground, blake_chart, propagation_factor, reflection_coefficient
from egide.errors import InputError
from egide.units import SPEED_OF_LIGHT_MPS


@settings(deadline=None)
@given(f=st.floats(1e8, 1e10), h=st.floats(2.0, 50.0), lobe=st.integers(0, 5))
def test_lobes_of_a_mirror_lie_where_theory_puts_them(f: float, h: float, lobe: int) -> None:
    """Over a perfect mirror maxima of 2 and zeros alternate at sin(e) = odd and even quarters."""
    quarter = SPEED_OF_LIGHT_MPS / f / (4.0 * h)
    top, gap = (2 * lobe + 1) * quarter, 2 * lobe * quarter
    if top < 1.0:
        at_top = math.degrees(math.asin(top))
        assert propagation_factor(at_top, frequency_hz=f, antenna_height_agl_m=h) == pytest.approx(
            2.0, abs=1e-4
        )
        at_gap = math.degrees(math.asin(gap))
        assert propagation_factor(at_gap, frequency_hz=f, antenna_height_agl_m=h) == pytest.approx(
            0.0, abs=1e-6
        )


@settings(deadline=None)
@given(
    e=st.floats(0.01, 89.0), f=st.floats(1e8, 1e10), polarisation=st.sampled_from(["horizontal", "vertical"])
)
def test_ground_reflects_at_most_all(e: float, f: float, polarisation: str) -> None:
    """No ground reflects more than it gets, and rough ground less than smooth ground."""
    smooth = abs(reflection_coefficient(e, f, Ground(), polarisation))  # type: ignore[arg-type]
    rough = abs(reflection_coefficient(e, f, Ground(roughness_m=0.5), polarisation))  # type: ignore[arg-type]
    assert rough <= smooth <= 1.0 + 1e-12


@pytest.mark.parametrize("polarisation", ["horizontal", "vertical"])
def test_grazing_incidence_turns_the_phase(polarisation: str) -> None:
    """At grazing incidence any ground is a mirror that turns the phase, for either polarisation."""
    assert reflection_coefficient(0.0, 1e9, Ground(), polarisation) == pytest.approx(-1.0)  # type: ignore[arg-type]


def test_vertical_polarisation_has_its_brewster_angle() -> None:
    """At Brewster's angle dry ground reflects vertical polarisation least, and horizontal much more."""
    dry = Ground(permittivity=4.0, conductivity_s_per_m=0.0)
    brewster = math.degrees(math.atan(1.0 / 2.0))
    assert abs(reflection_coefficient(brewster, 1e9, dry, "vertical")) < 1e-12
    assert abs(reflection_coefficient(brewster, 1e9, dry, "horizontal")) == pytest.approx(0.6)


def test_very_rough_ground_leaves_free_space() -> None:
    """Over very rough ground the factor is that of the beam alone."""
    ground = Ground(roughness_m=100.0)
    factor = propagation_factor(
        [2.0, 5.0], frequency_hz=3e9, antenna_height_agl_m=10.0, ground=ground, beam_tilt_deg=2.0,
        beam_width_deg=6.0,
    )  # fmt: skip
    assert factor[0] == pytest.approx(1.0)
    assert factor[1] == pytest.approx(math.sqrt(0.5))


def test_chart_follows_the_factor() -> None:
    """The contour's range is the free-space range times the factor, at the height of a beam there."""
    chart = blake_chart(80_000.0, frequency_hz=1e9, antenna_height_agl_m=12.0, ground=Ground())
    np.testing.assert_allclose(chart.range_m, 80_000.0 * chart.propagation_factor)
    np.testing.assert_allclose(
        chart.height_agl_m, beam_height_m(chart.range_m, chart.elevation_deg, antenna_height_amsl_m=12.0)
    )
    assert np.all(chart.ground_range_m <= chart.range_m + 1e-6)
    assert chart.elevation_deg[0] == 0.0
    assert chart.elevation_deg[-1] == 20.0
    lobe_deg = math.degrees(SPEED_OF_LIGHT_MPS / 1e9 / 24.0)
    assert np.diff(chart.elevation_deg).max() <= lobe_deg / 8.0 + 1e-9


@pytest.mark.parametrize(
    "wrong",
    [
        {"antenna_height_agl_m": 0.0}, {"frequency_hz": -1.0}, {"elevations_deg": [-1.0]},
        {"beam_width_deg": 0.0}, {"ground": Ground(permittivity=0.5)},
        {"ground": Ground(), "polarisation": "circular"},
    ],
)  # fmt: skip
def test_impossible_charts_are_refused(wrong: dict[str, object]) -> None:
    """An antenna in the ground, rays below it, impossible soil and other polarisations are refused."""
    arguments = {"frequency_hz": 1e9, "antenna_height_agl_m": 10.0, **wrong}
    with pytest.raises(InputError):
        blake_chart(1e5, **arguments)  # type: ignore[arg-type]
