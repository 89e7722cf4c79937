"""Probable coverage: never one line where terrain and refraction leave a band.

The error of an elevation model is larger than that of any algorithm. It enters three times: under the mast,
under the target, and on every ridge between, enlarged by the ratio of the two distances; and the highest of
many erring ridges is too high on average. A margin of height divided by the error sees none of this, since a
sweep keeps no memory of the ridge that bounds it. So the terrain is redrawn with correlated errors, and swept
again: a few redraws give the band, and their mean is the probability of coverage over each cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egide.assessment.board import board_of
from egide.assessment.probable_result import BandRow, ProbabilityMap, ProbableCoverage, RefractionRow
from egide.assessment.result import MapFrame
from egide.coverage.cover import cover
from egide.coverage.field import field_at
from egide.coverage.lattice import Lattice, lattice_of
from egide.errors import InputError, Problem
from egide.geo import Terrain
from egide.kernels.terrain_noise import add_noise
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.units import K_FOUR_THIRDS

__all__ = ["BandRow", "ProbabilityMap", "ProbableCoverage", "RefractionRow", "probable_coverage", "redrawn"]

K_FACTORS: Final = (1.0, K_FOUR_THIRDS, 1.6)
"""Refraction from none to well above the median; assumed: what most of the year lies in."""

CORRELATED_CELLS: Final = 3.0
"""Cells over which the error of a height varies, where no length is given; assumed."""

BAND: Final = (0.1, 0.5, 0.9)
"""Quantiles of the band."""

MAP_CELLS: Final = 60_000
"""Cells a probability map has at most."""

_STREAM = 3_711
"""Stream of the terrain's errors."""


@dataclass(frozen=True)
class _Reading:
    """People and map under coverage at every height on one terrain; shapes (heights, ...)."""

    people: NDArray[np.int64]
    """Under a sensor, and under a cued effector, shape (heights, 2)."""
    land: NDArray[np.float64]
    """Share of the land, shape (heights, 2)."""
    covered: NDArray[np.bool_]
    """Shape (heights, 2, rows, cols)."""


def probable_coverage(
    scenario: Scenario,
    terrain: Terrain,
    laydown: Laydown | None = None,
    *,
    seed: int,
    samples: int = 8,
    k_factors: Sequence[float] = K_FACTORS,
    correlation_m: float | None = None,
    tick: Callable[[int, int], None] | None = None,
) -> ProbableCoverage:
    """Say how far coverage hangs on the error of the terrain and on refraction.

    Parameters
    ----------
    scenario : Scenario
        `terrain.error_m` is the standard error of a height.
    terrain : Terrain
    laydown : Laydown, optional
        Without it, the one the scenario states. Only its stations are swept.
    seed : int
        Of the redrawn terrains; sample n is the same whatever their number.
    samples : int
        Terrains redrawn.
    k_factors : sequence of float
        Effective-earth factors tried on the terrain as it is.
    correlation_m : float, optional
        Distance over which the error of a height varies [m]; three terrain cells if not given.
    tick : callable, optional
        Called with terrains done and terrains in all.

    Returns
    -------
    ProbableCoverage

    Raises
    ------
    InputError
        For a number of samples below one, or a length or k that is not positive; all at once.
    """
    laydown = scenario.laydown if laydown is None else laydown
    length_m = CORRELATED_CELLS * terrain.grid.cell_m if correlation_m is None else correlation_m
    _check(samples, k_factors, length_m)
    done, total = 0, samples + len(k_factors)
    frame: list[Lattice] = []

    def read(ground: Terrain, k_factor: float) -> _Reading:
        nonlocal done
        found, lattice = _read(scenario, ground, laydown, k_factor)
        frame.append(lattice)
        done += 1
        if tick is not None:
            tick(done, total)
        return found

    drawn = [
        read(redrawn(terrain, scenario.terrain.error_m, length_m, seed, sample), scenario.k_factor)
        for sample in range(samples)
    ]
    bent = [(k, read(terrain, k)) for k in k_factors]
    heights = scenario.heights_agl_m
    lattice = frame[-1]
    chance = np.mean([one.covered for one in drawn], axis=0)
    percent = np.round(100.0 * chance).astype(np.uint8)
    return ProbableCoverage(
        laydown=laydown.name,
        surface=terrain.surface,
        seed=seed,
        samples=samples,
        error_m=scenario.terrain.error_m,
        correlation_m=length_m,
        bands=tuple(_band(height, number, drawn) for number, height in enumerate(heights)),
        refraction=tuple(
            RefractionRow(
                k, height, *(int(n) for n in one.people[number]), *(float(f) for f in one.land[number])
            )
            for k, one in bent
            for number, height in enumerate(heights)
        ),
        frame=MapFrame(terrain.grid.crs, lattice.x0_m, lattice.y0_m, lattice.step_m, lattice.ground_m),
        maps=tuple(
            ProbabilityMap(height, percent[number, 0], percent[number, 1])
            for number, height in enumerate(heights)
        ),
    )


def _check(samples: int, k_factors: Sequence[float], length_m: float) -> None:
    problems = []
    if samples < 1:
        problems.append(Problem("probable_coverage", "samples", samples, "must be one or more"))
    problems += [
        Problem("probable_coverage", "k_factors", k, "must be above zero; 4/3 is the median")
        for k in k_factors
        if not k > 0.0
    ]
    if not length_m > 0.0:
        problems.append(Problem("probable_coverage", "correlation_m", length_m, "must be above zero"))
    if problems:
        raise InputError(problems)


def redrawn(terrain: Terrain, error_m: float, correlation_m: float, seed: int, sample: int) -> Terrain:
    """The terrain with one draw of its error: normal, correlated, the same for a seed and sample.

    Parameters
    ----------
    terrain : Terrain
    error_m : float
        Standard error of a height [m].
    correlation_m : float
        Distance over which it varies [m]; below a cell every cell errs by itself.
    seed, sample : int
    """
    out = np.empty_like(terrain.heights_m)
    cells = max(1.0, correlation_m / terrain.grid.cell_m)
    add_noise(terrain.heights_m, float(error_m), cells, seed, sample, _STREAM, out)
    return Terrain(terrain.grid, out, terrain.surface)


def _read(
    scenario: Scenario, terrain: Terrain, laydown: Laydown, k_factor: float
) -> tuple[_Reading, Lattice]:
    coverage = cover(_posted_only(scenario, laydown, k_factor), terrain)
    board = board_of(scenario, coverage, laydown)
    lattice = lattice_of(coverage, MAP_CELLS)
    land = np.isfinite(lattice.ground_m) & (lattice.ground_m > 0.0)
    people, share, covered = [], [], []
    for height in scenario.heights_agl_m:
        over = board.picture(height)
        field = field_at(scenario, coverage, board.placed, board.threat, lattice, height)
        layers = (over.sensor_layers[board.places], over.effector_layers[board.places])
        people.append([int(board.people[layer >= 1].sum()) for layer in layers])
        maps = (field.sensors >= 1, field.effectors >= 1)
        share.append([float(one[land].mean()) if land.any() else 0.0 for one in maps])
        covered.append(maps)
    return _Reading(np.array(people), np.array(share), np.array(covered)), lattice


def _posted_only(scenario: Scenario, laydown: Laydown, k_factor: float) -> Scenario:
    """The scenario with no site but those of the laydown, each suiting its unit alone."""
    kinds = {
        post.site: tuple(
            label
            for label in (scenario.unit(post.unit).sensor, scenario.unit(post.unit).effector)
            if label is not None
        )
        for post in laydown.posts
    }
    sites = tuple(
        site.model_copy(update={"suits": kinds[site.id]}) for site in scenario.sites if site.id in kinds
    )
    # Places and raids change no sweep; without them the scenario's fingerprint is quick.
    return scenario.model_copy(
        update={"sites": sites, "laydown": laydown, "places": (), "k_factor": k_factor}
    )


def _band(height: float, number: int, drawn: list[_Reading]) -> BandRow:
    def quantiles(values: Sequence[float]) -> tuple[float, float, float]:
        low, middle, high = np.quantile(np.asarray(values, dtype=np.float64), BAND)
        return float(low), float(middle), float(high)

    return BandRow(
        height,
        quantiles([one.people[number, 0] for one in drawn]),
        quantiles([one.people[number, 1] for one in drawn]),
        quantiles([one.land[number, 0] for one in drawn]),
        quantiles([one.land[number, 1] for one in drawn]),
    )
