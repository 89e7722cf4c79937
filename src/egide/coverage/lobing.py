"""Lobes over flat ground: the echo that comes by way of the ground adds to the direct one, or cancels it.

An option, never the default: real ground is seldom flat and smooth over the first kilometre. The flat
model holds where both heights lie well above the ground and the target well within the horizon.

References
----------
.. [1] L. V. Blake, *Machine Plotting of Radio/Radar Vertical-Plane Coverage Diagrams*, NRL Report 7098,
   1970.
.. [2] W. S. Ament, "Toward a theory of reflection by a rough surface", Proc. IRE 41, 1953.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.coverage.arguments import Arguments, Floats
from egide.coverage.geometry import FOUR_THIRDS_EARTH_M, beam_ground_range_m, beam_height_m
from egide.units import SPEED_OF_LIGHT_MPS

Polarisation = Literal["horizontal", "vertical"]


@dataclass(frozen=True)
class Ground:
    """What the ground in front of the antenna is made of."""

    permittivity: float = 15.0
    """Relative permittivity: 15 average land, 4 dry, 30 wet, 70 water [1]."""
    conductivity_s_per_m: float = 0.005
    """Conductivity: 0.005 average land, 4 sea water [S/m]."""
    roughness_m: float = 0.0
    """Standard deviation of its height [m]."""


@dataclass(frozen=True)
class BlakeChart:
    """Range of constant signal to noise ratio against elevation: numbers for a coverage diagram."""

    elevation_deg: Floats
    """Elevation of each ray, shape (rays,) [deg]."""
    propagation_factor: Floats
    """One-way field strength relative to free space on the beam's axis, shape (rays,) [1]."""
    range_m: Floats
    """Slant range of the contour, shape (rays,) [m]."""
    ground_range_m: Floats
    """Distance along the ground, shape (rays,) [m]."""
    height_agl_m: Floats
    """Height of the contour above the smooth earth, shape (rays,) [m]."""


def reflection_coefficient(
    grazing_deg: ArrayLike, frequency_hz: ArrayLike, ground: Ground, polarisation: Polarisation
) -> NDArray[np.complex128]:
    """Return Fresnel's reflection coefficient of the ground, with Ament's loss for its roughness [2]_.

    Parameters
    ----------
    grazing_deg : array_like
        Grazing angle, 0 to 90 [deg].
    frequency_hz : array_like
        Frequency [Hz].
    ground : Ground
    polarisation : {"horizontal", "vertical"}

    Returns
    -------
    ndarray of complex128
        -1 at grazing incidence for either polarisation.

    Raises
    ------
    InputError
        For angles outside 0 to 90 degrees, impossible ground or another polarisation.
    """
    given = Arguments("reflection_coefficient")
    grazing = given.number("grazing_deg", grazing_deg, low=0.0, high=90.0, unit="degrees")
    frequency = given.positive("frequency_hz", frequency_hz, "Hz")
    given.number("ground.permittivity", ground.permittivity, low=1.0, below=math.inf)
    given.not_negative("ground.conductivity_s_per_m", ground.conductivity_s_per_m, "S/m")
    given.not_negative("ground.roughness_m", ground.roughness_m, "m")
    if polarisation not in ("horizontal", "vertical"):
        given.refuse("polarisation", polarisation, 'must be "horizontal" or "vertical"')
    given.shapes(grazing_deg=grazing, frequency_hz=frequency)
    given.done()
    wavelength = SPEED_OF_LIGHT_MPS / frequency
    permittivity = ground.permittivity - 60j * ground.conductivity_s_per_m * wavelength
    sine = np.sin(np.radians(grazing))
    root = np.sqrt(permittivity - np.cos(np.radians(grazing)) ** 2)
    normal = sine if polarisation == "horizontal" else permittivity * sine
    smooth = (normal - root) / (normal + root)
    rough = np.exp(-2.0 * (2.0 * math.pi * ground.roughness_m * sine / wavelength) ** 2)
    return np.asarray(smooth * rough, dtype=np.complex128)


def propagation_factor(
    elevation_deg: ArrayLike,
    *,
    frequency_hz: float,
    antenna_height_agl_m: float,
    ground: Ground | None = None,
    polarisation: Polarisation = "horizontal",
    beam_tilt_deg: float = 0.0,
    beam_width_deg: float = math.inf,
) -> Floats:
    """Return the one-way propagation factor over flat ground, antenna pattern included.

    Parameters
    ----------
    elevation_deg : array_like
        Elevation of the target, 0 to 90 [deg].
    frequency_hz : float
        Frequency [Hz].
    antenna_height_agl_m : float
        Height of the antenna above the ground [m].
    ground : Ground, optional
        Without it a perfect mirror with a phase turn of 180 degrees, which gives the deepest lobes.
    polarisation : {"horizontal", "vertical"}
    beam_tilt_deg : float
        Elevation of the beam's axis [deg].
    beam_width_deg : float
        Half-power width of the beam, taken as Gaussian [deg]; infinite for the same gain at every angle.

    Returns
    -------
    ndarray or float
        0 to 2 [1]. The two-way gain of a radar is 40 log10 of it, in dB.

    Raises
    ------
    InputError
        For angles or heights out of their domain.
    """
    given = Arguments("propagation_factor")
    elevation = given.number("elevation_deg", elevation_deg, low=0.0, high=90.0, unit="degrees")
    frequency = given.positive("frequency_hz", frequency_hz, "Hz")
    height = given.positive("antenna_height_agl_m", antenna_height_agl_m, "m")
    tilt = given.number("beam_tilt_deg", beam_tilt_deg, low=-90.0, high=90.0, unit="degrees")
    width = given.number("beam_width_deg", beam_width_deg, above=0.0, unit="degrees")
    given.done()
    mirror: NDArray[np.complex128] | complex = -1.0 + 0j
    if ground is not None:
        mirror = reflection_coefficient(elevation, frequency, ground, polarisation)
    wavelength = SPEED_OF_LIGHT_MPS / frequency
    phase = 2.0 * math.pi / wavelength * 2.0 * height * np.sin(np.radians(elevation))
    direct = _beam(elevation - tilt, width)
    bounced = _beam(-elevation - tilt, width)
    return np.asarray(np.abs(direct + mirror * bounced * np.exp(-1j * phase)))[()]


def blake_chart(
    free_space_range_m: float,
    *,
    frequency_hz: float,
    antenna_height_agl_m: float,
    elevations_deg: ArrayLike | None = None,
    ground: Ground | None = None,
    polarisation: Polarisation = "horizontal",
    beam_tilt_deg: float = 0.0,
    beam_width_deg: float = math.inf,
    effective_radius_m: float = FOUR_THIRDS_EARTH_M,
) -> BlakeChart:
    """Return the range-height-angle contour of a radar whose rays the ground lobes.

    Parameters
    ----------
    free_space_range_m : float
        Range in free space on the beam's axis, for the echo and probability of interest [m].
    frequency_hz, antenna_height_agl_m, ground, polarisation, beam_tilt_deg, beam_width_deg
        As `propagation_factor`.
    elevations_deg : array_like, optional
        Rays [deg]; without it 0 to 20 degrees, eight rays to each lobe or 0.02 degrees, the finer.
    effective_radius_m : float
        Effective radius of the earth, for the heights [m].

    Returns
    -------
    BlakeChart
        Numbers only; drawing is the briefing's.

    Raises
    ------
    InputError
        As `propagation_factor`.
    """
    given = Arguments("blake_chart")
    free = given.positive("free_space_range_m", free_space_range_m, "m")
    frequency = given.positive("frequency_hz", frequency_hz, "Hz")
    height = given.positive("antenna_height_agl_m", antenna_height_agl_m, "m")
    given.done()
    if elevations_deg is None:
        lobe_deg = np.degrees(SPEED_OF_LIGHT_MPS / frequency / (2.0 * height))
        rays = math.ceil(20.0 / max(1e-4, min(0.02, float(lobe_deg) / 8.0)))
        elevations_deg = np.linspace(0.0, 20.0, rays + 1)
    elevation = np.atleast_1d(np.asarray(elevations_deg, dtype=np.float64))
    factor = propagation_factor(
        elevation, frequency_hz=frequency_hz, antenna_height_agl_m=antenna_height_agl_m, ground=ground,
        polarisation=polarisation, beam_tilt_deg=beam_tilt_deg, beam_width_deg=beam_width_deg,
    )  # fmt: skip
    # Two ways of the lobe against the fourth power of range: the range follows the factor itself.
    reach = np.asarray(free * factor)
    over = beam_height_m(
        reach, elevation, antenna_height_amsl_m=height, effective_radius_m=effective_radius_m
    )
    along = beam_ground_range_m(
        reach, elevation, antenna_height_amsl_m=height, effective_radius_m=effective_radius_m
    )
    return BlakeChart(elevation, factor, reach, along, over)


def _beam(off_axis_deg: Floats, width_deg: Floats) -> Floats:
    """Field of a Gaussian beam: half power at half the width off its axis."""
    return np.asarray(np.exp(-2.0 * math.log(2.0) * (off_axis_deg / width_deg) ** 2))
