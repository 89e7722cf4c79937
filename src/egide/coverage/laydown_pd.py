"""Probability that a laydown detects: by any sensor, on a bad night, and after the loss of the best one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.coverage.doppler import mti_visible_fraction
from egide.coverage.lattice import Lattice, beam_patch
from egide.coverage.reach import Placed, Points, reached, sensor_beam
from egide.coverage.result import Coverage
from egide.coverage.single_scan import single_scan_pd
from egide.model.catalogue_types import ThreatType
from egide.model.scenario import Scenario


@dataclass(frozen=True)
class LaydownPd:
    """Detection by at least one sensor in one look of each, point by point [1]."""

    independent_fraction: NDArray[np.float64]
    """If nothing hits the sensors together; it flatters."""
    common_cause_fraction: NDArray[np.float64]
    """With a bad night that hits all of them together, each sensor's mean unchanged."""
    bad_night_fraction: NDArray[np.float64]
    """On such a night."""
    after_worst_loss_fraction: NDArray[np.float64]
    """Independent, after the loss of the sensor that matters most to the point (N - 1)."""


def laydown_pd(
    scenario: Scenario,
    coverage: Coverage,
    placed: Sequence[Placed],
    threat: ThreatType,
    rcs_m2: float,
    where: Points | Lattice,
    height_agl_m: float | None = None,
) -> LaydownPd:
    """Work out the detection probability of a laydown.

    Parameters
    ----------
    scenario : Scenario
        Its `command` states the share of bad nights and what they leave of a detection probability.
    coverage : Coverage
    placed : sequence of Placed
        Units of a laydown.
    threat : ThreatType
        Not ballistic. Its heading is unknown here, so a radar's Pd is averaged over all headings where slow
        radial speeds are dropped as clutter.
    rcs_m2 : float
        Echo, which may differ from the threat's own figure [m2].
    where : Points or Lattice
    height_agl_m : float, optional
        Height above ground on a lattice [m]; points bring their own.

    Returns
    -------
    LaydownPd
        Arrays of shape (points,) or of the lattice. Nothing counts beyond the range `cover` swept from a mast,
        at which the widest echo of the raids is detected as published: cautious for the largest echoes.

    References
    ----------
    The common cause is that of `egide.coverage.cumulative.cumulative_pd_common_cause`.
    """
    shape = where.shape if isinstance(where, Lattice) else (where.size,)
    size = int(np.prod(shape))
    bad, left = scenario.command.common_cause_fraction, scenario.command.bad_night_pd_fraction
    ones = [np.ones(size) for _ in range(4)]
    miss, miss_bad, miss_good, miss_rest = ones
    best = np.zeros(size)
    for unit, index, slant_m in _in_view(coverage, placed, threat, where, height_agl_m):
        assert unit.sensor is not None  # it has something in view
        pd = single_scan_pd(unit.sensor, slant_m, rcs_m2, threat, surroundings=unit.surroundings)
        pd = pd * mti_visible_fraction(threat.speed_mps.value, unit.sensor.min_radial_speed_mps.value)
        on_bad, on_good = bad_and_good(pd, bad, left)
        miss[index] *= 1.0 - pd
        miss_bad[index] *= 1.0 - on_bad
        miss_good[index] *= 1.0 - on_good
        # The best sensor of a point is left out of the product; a better one puts the last best back in.
        miss_rest[index] *= 1.0 - np.minimum(pd, best[index])
        best[index] = np.maximum(pd, best[index])
    common = bad * (1.0 - miss_bad) + (1.0 - bad) * (1.0 - miss_good)
    parts = (1.0 - miss, common, 1.0 - miss_bad, 1.0 - miss_rest)
    return LaydownPd(*(part.reshape(shape) for part in parts))


def bad_and_good(
    pd: NDArray[np.float64], bad_night_fraction: float, bad_night_pd_fraction: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Detection probability on bad and on good nights whose mean is the one given [1]."""
    if bad_night_fraction <= 0.0:
        return bad_night_pd_fraction * pd, pd
    if bad_night_fraction >= 1.0:
        return pd, pd
    with np.errstate(over="ignore"):  # a hair of bad nights; what overflows is clipped
        least = (pd - (1.0 - bad_night_fraction)) / bad_night_fraction
    on_bad = np.clip(np.maximum(bad_night_pd_fraction * pd, least), 0.0, 1.0)
    on_good = np.clip((pd - bad_night_fraction * on_bad) / (1.0 - bad_night_fraction), 0.0, 1.0)
    return on_bad, on_good


def _in_view(
    coverage: Coverage,
    placed: Sequence[Placed],
    threat: ThreatType,
    where: Points | Lattice,
    height_agl_m: float | None,
) -> Iterator[tuple[Placed, NDArray[np.int64], NDArray[np.float64]]]:
    """Each unit with the flat numbers of the points its sensor has in view, and their slant ranges [m]."""
    for unit in placed:
        if unit.sensor is None:
            continue
        beam = sensor_beam(unit, unit.sensor, threat, instrumented=True)
        if beam is None:
            continue
        number = coverage.station_index(beam.station)
        east_m, north_m = coverage.positions_m[number]
        antenna_m = coverage.ground_at_station_m[number] + beam.station.mast_m
        if isinstance(where, Points):
            index = np.flatnonzero(reached(coverage, beam, where))
            x_m, y_m, amsl_m = where.x_m[index], where.y_m[index], where.amsl_m[index]
        else:
            assert height_agl_m is not None  # a lattice has no height of its own
            patch = beam_patch(coverage, beam, where, height_agl_m)
            if patch is None:
                continue
            row, col = np.nonzero(patch.mask)
            row, col = row + patch.rows.start, col + patch.cols.start
            index = row * where.shape[1] + col
            x_m, y_m = where.x0_m + col * where.step_m, where.y0_m - row * where.step_m
            amsl_m = where.ground_m[row, col].astype(np.float64) + height_agl_m
        if index.size:
            slant_m = np.sqrt((x_m - east_m) ** 2 + (y_m - north_m) ** 2 + (amsl_m - antenna_m) ** 2)
            yield unit, index, slant_m
