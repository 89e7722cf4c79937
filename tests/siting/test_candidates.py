"""Candidate sites: nested, prominent, apart, on usable ground, in the areas asked for."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.naive import prominence as naive

from egide.coverage.cover import cover
from egide.errors import InputError
from egide.geo import Terrain, project, unproject
from egide.kernels.prominence import prominence
from egide.model.scenario import Scenario
from egide.siting.candidates import candidates
from egide.siting.design import site


@pytest.fixture(scope="module")
def bare(tiny: Scenario) -> Scenario:
    return tiny.model_copy(update={"sites": (), "laydown": tiny.laydown.model_copy(update={"posts": ()})})


def cells(scenario: Scenario) -> list[tuple[int, int]]:
    """Row and column of each site."""
    return [tuple(int(part) for part in one.id[1:].split("-")) for one in scenario.sites]  # type: ignore[misc]


@settings(max_examples=60)
@given(hnp.arrays(np.int64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.integers(0, 5)))
def test_prominence_is_that_of_a_sea_lowered_under_each_cell(heights: np.ndarray) -> None:
    land = np.flatnonzero(heights > 0)
    order = land[np.argsort(-heights.ravel()[land], kind="stable")].astype(np.int64)
    out = np.empty(heights.shape)
    prominence(heights.astype(np.float64), order, out)
    assert (out == naive.prominence(heights.astype(np.float64), order)).all()


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6), edge=st.integers(1, 6),
    prominence_m=st.sampled_from([0.0, 0.0, 20.0]), apart_m=st.sampled_from([0.0, 900.0, 2_600.0]),
)  # fmt: skip
def test_half_the_spacing_keeps_every_site(
    bare: Scenario, tiny_terrain: Terrain, seed: int, edge: int, prominence_m: float, apart_m: float
) -> None:
    rng = np.random.default_rng(seed)
    heights = rng.integers(0, 60, tiny_terrain.grid.shape).astype(tiny_terrain.heights_m.dtype)
    ground = dataclasses.replace(tiny_terrain, heights_m=heights)
    cell_m = ground.grid.cell_m
    try:
        coarse, fine = (
            candidates(bare, ground, spacing_m=spacing, prominence_m=prominence_m, apart_m=apart_m)
            for spacing in (2 * edge * cell_m, edge * cell_m)
        )
    except InputError:
        return
    assert set(cells(coarse)) <= set(cells(fine))
    where = np.array(cells(fine)) * cell_m
    apart = np.hypot(*(where[:, None] - where[None]).transpose(2, 0, 1)) + 1e9 * np.eye(len(where))
    assert (apart >= apart_m - 1e-9).all()


def test_a_finer_lattice_never_worsens_a_proven_design(bare: Scenario, tiny_terrain: Terrain) -> None:
    values = []
    for spacing_m in (10_000.0, 5_000.0):
        sited = candidates(bare, tiny_terrain, spacing_m=spacing_m)
        design = site(sited, cover(sited, tiny_terrain), seed=1, gap=0.0)
        assert design.status == "optimal"
        values.append(design.objective)
    assert values[0] <= values[1] + 1e-6


def test_sites_are_dry_gentle_and_prominent(bare: Scenario, tiny_terrain: Terrain) -> None:
    heights = tiny_terrain.heights_m.astype(np.float64)
    slope = np.hypot(*np.gradient(heights, tiny_terrain.grid.cell_m))
    found = cells(candidates(bare, tiny_terrain, spacing_m=2_000.0, steepest_fraction=0.1))
    assert all(heights[cell] > 0 and slope[cell] <= 0.1 for cell in found)
    order = np.argsort(-heights, axis=None, kind="stable")
    summits = np.empty(heights.shape)
    prominence(heights, order, summits)
    high = cells(candidates(bare, tiny_terrain, spacing_m=500.0, prominence_m=30.0, steepest_fraction=9.0))
    assert set(high) == {tuple(c) for c in np.argwhere((summits >= 30.0) & (heights > 0)).tolist()}


def test_sites_lie_in_the_areas_asked_for_and_in_none_refused(bare: Scenario, tiny_terrain: Terrain) -> None:
    """A ring, and the same as GeoJSON with a hole."""
    grid = tiny_terrain.grid
    x, y = np.asarray(grid.x_m), np.asarray(grid.y_m)

    def ring(share: float) -> list[tuple[float, float]]:
        mid_x, mid_y, half = x.mean(), y.mean(), share * (x[-1] - x[0]) / 2.0
        corners = [(mid_x - half, mid_y - half), (mid_x + half, mid_y - half), (mid_x + half, mid_y + half),
                   (mid_x - half, mid_y + half)]  # fmt: skip
        lon, lat = unproject([c[0] for c in corners], [c[1] for c in corners], grid.crs)
        return [(float(a), float(b)) for a, b in zip(lon, lat, strict=True)]

    def away(scenario: Scenario) -> np.ndarray:
        sx, sy = project([s.lon_deg for s in scenario.sites], [s.lat_deg for s in scenario.sites], grid.crs)
        return np.maximum(np.abs(sx - x.mean()), np.abs(sy - y.mean())) / ((x[-1] - x[0]) / 2.0)

    every = away(candidates(bare, tiny_terrain, spacing_m=500.0))
    inside = away(candidates(bare, tiny_terrain, spacing_m=500.0, include=[ring(0.61)]))
    outside = away(candidates(bare, tiny_terrain, spacing_m=500.0, exclude=[ring(0.61)]))
    hollow = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring(0.61), ring(0.33)]}}
    between = away(candidates(bare, tiny_terrain, spacing_m=500.0, include=[hollow]))
    assert inside.max() <= 0.61 < outside.min()
    assert inside.size + outside.size == every.size
    assert 0.33 <= between.min() <= between.max() <= 0.61
    assert between.size == ((every > 0.33) & (every <= 0.61)).sum()


def test_stated_sites_stay_and_no_spacing_gives_a_manageable_number(
    tiny: Scenario, bare: Scenario, tiny_terrain: Terrain
) -> None:
    assert candidates(tiny, tiny_terrain) is tiny
    assert 0 < len(candidates(bare, tiny_terrain).sites) <= 120


def test_wrong_wishes_are_said_together(bare: Scenario, tiny_terrain: Terrain) -> None:
    with pytest.raises(InputError) as caught:
        candidates(
            bare, tiny_terrain, spacing_m=0.0, steepest_fraction=-1.0, apart_m=float("nan"),
            include=[[(0.0, 0.0), (1.0, 1.0)]], exclude=[{"type": "Point", "coordinates": [0, 0]}],
        )  # fmt: skip
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["spacing_m", "steepest_fraction", "apart_m", "include[0]", "exclude[0]"]
    with pytest.raises(InputError, match="usable"):
        candidates(bare, tiny_terrain, prominence_m=1e6)
