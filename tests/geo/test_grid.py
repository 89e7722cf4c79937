"""Grids as values: rows run south, cells have centres, blocks have whole cells."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.errors import GridMismatch, InputError
from egide.geo import Grid, Position

grids = st.builds(
    Grid,
    st.just("local"),
    st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)),
    st.floats(0.5, 5000.0),
    st.tuples(st.integers(1, 50), st.integers(1, 50)),
)


@given(grids, st.data())
def test_the_cell_of_a_cells_position_is_the_cell(grid: Grid, data: st.DataObject) -> None:
    row, col = data.draw(st.integers(-5, 55)), data.draw(st.integers(-5, 55))
    position = grid.position(row, col)
    assert grid.index(position) == (row, col)
    assert grid.contains(position) == (0 <= row < grid.shape[0] and 0 <= col < grid.shape[1])


@given(grids)
def test_row_zero_is_north_and_edges_lie_half_a_cell_outside_the_centres(grid: Grid) -> None:
    west, south, east, north = grid.bounds
    half = grid.cell_m / 2.0
    assert grid.x_m.shape == (grid.shape[1],)
    assert grid.y_m.shape == (grid.shape[0],)
    assert (np.diff(grid.y_m) < 0.0).all()
    near = {"abs": 1e-6 * grid.cell_m + 1e-8}
    assert (west, north) == pytest.approx((grid.x_m[0] - half, grid.y_m[0] + half), **near)
    assert (east, south) == pytest.approx((grid.x_m[-1] + half, grid.y_m[-1] - half), **near)
    a, b, c, d, e, f = grid.transform
    assert (a, b, d, e) == (grid.cell_m, 0.0, 0.0, -grid.cell_m)
    assert (c, f) == (west, north)


@given(grids, st.integers(1, 9))
def test_every_cell_lies_in_the_block_its_index_says(grid: Grid, factor: int) -> None:
    coarse = grid.coarsen(factor)
    factor_found, row, col = coarse.blocks_in(grid)
    assert (factor_found, row, col) == (factor, 0, 0)
    assert coarse.shape == tuple(math.ceil(size / factor) for size in grid.shape)
    for cell in [(0, 0), (grid.shape[0] - 1, grid.shape[1] - 1), (grid.shape[0] // 2, 0)]:
        assert coarse.index(grid.position(*cell)) == (cell[0] // factor, cell[1] // factor)


@given(grids, st.integers(1, 5), st.integers(-4, 4), st.integers(-4, 4))
def test_a_window_of_blocks_still_knows_its_cells(grid: Grid, factor: int, row: int, col: int) -> None:
    window = grid.coarsen(factor).window(row, col, 3, 2)
    assert window.blocks_in(grid) == (factor, row * factor, col * factor)
    assert window.shape == (3, 2)


@given(grids)
def test_a_grid_is_the_same_as_itself_only(grid: Grid) -> None:
    grid.require_same(Grid(grid.crs, grid.origin, grid.cell_m, grid.shape))
    half = grid.cell_m / 2.0
    others = [
        Grid("EPSG:32636", grid.origin, grid.cell_m, grid.shape),
        Grid(grid.crs, (grid.origin[0] + half, grid.origin[1]), grid.cell_m, grid.shape),
        Grid(grid.crs, grid.origin, grid.cell_m * 1.01, grid.shape),
        Grid(grid.crs, grid.origin, grid.cell_m, (grid.shape[0] + 1, grid.shape[1])),
    ]
    for other in others:
        with pytest.raises(GridMismatch, match="resample"):
            grid.require_same(other)


def test_blocks_that_cut_cells_are_refused() -> None:
    fine = Grid("local", (0.0, 0.0), 10.0, (9, 9))
    for other in (
        Grid("local", (0.0, 0.0), 25.0, (3, 3)),
        Grid("local", (3.0, 0.0), 20.0, (3, 3)),
        Grid("local", (0.0, 0.0), 4.0, (3, 3)),
        Grid("EPSG:32636", (0.0, 0.0), 10.0, (9, 9)),
    ):
        with pytest.raises(GridMismatch, match="whole blocks"):
            other.blocks_in(fine)


def test_a_point_on_an_edge_belongs_to_the_east_and_south() -> None:
    grid = Grid("local", (0.0, 0.0), 10.0, (3, 3))
    assert grid.index(Position(5.0, -5.0, "local")) == (1, 1)
    rows, cols = grid.indices([-5.1, -5.0], [5.1, 5.0])
    assert rows.tolist() == [-1, 0]
    assert cols.tolist() == [-1, 0]


def test_every_problem_of_a_grid_is_shown_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Grid("local", (math.nan, 0.0), -1.0, (0, 3))
    assert [problem.field for problem in caught.value.problems] == ["cell_m", "shape", "origin"]
    with pytest.raises(InputError, match="1 or more"):
        Grid("local", (0.0, 0.0), 1.0, (3, 3)).coarsen(0)


def test_a_position_in_another_crs_is_refused() -> None:
    grid = Grid("local", (0.0, 0.0), 10.0, (3, 3))
    for ask in (grid.index, grid.contains, grid.convergence_deg):
        with pytest.raises(GridMismatch, match="project it first"):
            ask(Position(0.0, 0.0, "EPSG:32636"))
