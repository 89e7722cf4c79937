"""Siting: proven gap and time, and the ratio to spopt with CBC.

`python -m benchmarks.siting [--quick] [--case NAME] [--seeds N]` prints a table on standard error and one JSON
line per case on standard output: `case`, `spopt_ratio`, `gap`, `seconds`, `points`, `sites` (medians over the
seeds), with `objective` of the first seed. Masked cases are parts of the packaged terrain of 200 x 200 km, one a
seed, with the covers that `egide.coverage` sweeps from 1,000 sites and the packaged people as weights.
`theatre-kyiv` is `eg.site` on the packaged theatre.

`--quick` runs one seed of the smaller cases and no peer; everything takes some ten minutes. The peer
runs where spopt and PuLP can be imported by the interpreter named in `EGIDE_PEER_PYTHON` (this one by
default); both sides are timed as whole processes, so that imports and the building of cover sets count, after
a first run that leaves bytecode and compiled kernels behind, as an installation has them. A peer that does not
end within its limit gives the ratio of that limit, a lower bound, with `spopt_ended` false. On a busy machine the
ratio of processor times, `spopt_cpu_ratio`, is the steadier one.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from benchmarks.siting_peer import cover_rows, planar
from egide.coverage.cover import cover
from egide.coverage.sightline_batch import lowest_visible_heights
from egide.geo import Grid, Position, Terrain, project
from egide.io.scenario_files import read_scenario
from egide.io.scenario_terrain import read_terrain
from egide.siting import CoverAnswer, maximal_cover
from egide.siting.design import site

CELLS = 200
"""Edge of a masked instance in cells of one kilometre."""

MAST_M = 15.0
SPREAD_M = 5_000.0
"""Distance over which the people of a place are spread [m]."""

WINDOWS = ((24.2, 48.4), (27.0, 49.0), (30.6, 49.6), (33.6, 49.4), (37.4, 49.0))
"""Middles of the masked instances, one a seed: mountains, uplands, plains [deg east, deg north]."""

PEER_LIMIT_S = 150.0
"""What a peer is waited for, by default [s]; it is ended then, and its ratio is a lower bound."""


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table."""

    name: str
    build: Callable[[int], tuple[sp.csr_array, NDArray[np.float64]]]
    limit: int
    gap: float
    quick: bool
    seeds: int = 5
    """Seeds at most; fewer where one takes a minute."""


def planar_case(
    name: str, sites: int, points: int, radius: float, limit: int, gap: float, seeds: int = 5
) -> Case:
    """Random planar instance in the manner of Cordeau, Furini and Ljubic."""

    def build(seed: int) -> tuple[sp.csr_array, NDArray[np.float64]]:
        at, of, weights = planar(sites, points, radius, seed)
        return cover_rows(at, of, radius), weights

    return Case(name, build, limit, gap, points <= 100_000, seeds)


@cache
def theatre() -> tuple[Terrain, NDArray[np.float64]]:
    """Terrain of the packaged theatre, and its people spread over the cells round where they live."""
    scenario = read_scenario("kyiv-2025-07-04")
    terrain = read_terrain(scenario)
    people = np.zeros(terrain.grid.shape)
    x, y = project(
        [p.lon_deg for p in scenario.places], [p.lat_deg for p in scenario.places], terrain.grid.crs
    )
    rows, columns = terrain.grid.indices(x, y)
    np.add.at(people, (rows, columns), [p.population for p in scenario.places])
    return terrain, gaussian_filter(people, SPREAD_M / terrain.grid.cell_m)


def window(terrain: Terrain, lon_deg: float, lat_deg: float) -> tuple[Terrain, tuple[slice, slice]]:
    """Terrain of `CELLS` x `CELLS` cells round a place, and where it was cut out."""
    middle = Position.from_lonlat(lon_deg, lat_deg, terrain.grid.crs)
    row, column = terrain.grid.index(middle)
    part = slice(row - CELLS // 2, row + CELLS // 2), slice(column - CELLS // 2, column + CELLS // 2)
    corner = terrain.grid.position(part[0].start, part[1].start)
    grid = Grid(terrain.grid.crs, (corner.x_m, corner.y_m), terrain.grid.cell_m, (CELLS, CELLS))
    return Terrain(grid, terrain.heights_m[part], terrain.surface), part


def crests(heights: NDArray[np.float32], number: int, seed: int) -> list[tuple[int, int]]:
    """Highest cells of 5 x 5 neighbourhoods drawn at random, each once."""
    found: dict[tuple[int, int], None] = {}
    draw = np.random.default_rng(seed)
    while len(found) < number:
        i, j = (int(k) for k in draw.integers(2, CELLS - 2, 2))
        around = heights[i - 2 : i + 3, j - 2 : j + 3]
        top = np.unravel_index(int(around.argmax()), around.shape)
        found[(int(i - 2 + top[0]), int(j - 2 + top[1]))] = None
        if len(found) < number and draw.uniform() < 0.2:
            # Crests run out in smooth ground; a few sites stand where the draw fell.
            found[(i, j)] = None
    return list(found)[:number]


def masked_case(name: str, range_m: float, target_m: float) -> Case:
    """1,000 sites on a 200 x 200 km part of the packaged terrain, covers by `egide.coverage`, people as weights."""

    def build(seed: int) -> tuple[sp.csr_array, NDArray[np.float64]]:
        whole, people = theatre()
        terrain, part = window(whole, *WINDOWS[seed % len(WINDOWS)])
        at = crests(terrain.heights_m, 1_000, seed)
        seen = lowest_visible_heights(
            terrain, [terrain.grid.position(i, j) for i, j in at], MAST_M, range_m, terrain.grid
        )
        top = terrain.heights_m + np.float32(target_m)
        rows = []
        for view in seen.windows:
            covered = np.zeros(terrain.grid.shape, bool)
            heights = view.heights_amsl_m()
            here = slice(view.row, view.row + heights.shape[0]), slice(view.col, view.col + heights.shape[1])
            covered[here] = heights <= top[here]
            rows.append(np.flatnonzero(covered).astype(np.int32))
        indptr = np.concatenate(([0], np.cumsum([row.shape[0] for row in rows])))
        indices = np.concatenate(rows)
        shape = (len(rows), CELLS * CELLS)
        # One for each cell, so that empty country counts a little.
        weights = np.rint(1.0 + people[part]).ravel()
        return sp.csr_array((np.ones(indices.shape[0], bool), indices, indptr), shape=shape), weights

    return Case(name, build, 25, 0.01, quick=False)


CASES = (
    planar_case("planar-100x1000000", 100, 1_000_000, 5.5, 10, 0.005),
    planar_case("planar-500x100000", 500, 100_000, 2.5, 30, 0.005),
    masked_case("masked-1000x40000-40km", 40_000.0, 100.0),
    masked_case("masked-1000x40000-40km-low", 40_000.0, 50.0),
    masked_case("masked-1000x40000-25km", 25_000.0, 100.0),
    planar_case("planar-1000x1000000", 1_000, 1_000_000, 2.5, 40, 0.01, seeds=2),
)
PEERS = {
    "spopt-100x10000": (100, 10_000, 5.5, 10),
    "spopt-100x100000": (100, 100_000, 5.5, 10),
    "spopt-100x10000-easy": (100, 10_000, 3.0, 10),
    "spopt-100x100000-easy": (100, 100_000, 3.0, 10),
}
"""Instances of the first family, and easier ones whose relaxation is whole, which spopt can end."""


def run_case(case: Case, seeds: int) -> Row:
    """Medians over the seeds; building the instance is not timed."""
    warm = planar(20, 200, 8.0, 0)
    maximal_cover(cover_rows(warm[0], warm[1], 8.0), warm[2], 3)
    answers: list[CoverAnswer] = []
    covers = sp.csr_array((0, 0))
    for seed in range(min(seeds, case.seeds)):
        covers, weights = case.build(seed)
        answers.append(maximal_cover(covers, weights, case.limit, gap=case.gap))
    return {
        "case": case.name,
        "spopt_ratio": None,
        "gap": statistics.median(each.gap for each in answers),
        "seconds": statistics.median(each.seconds for each in answers),
        "points": covers.shape[1],
        "sites": covers.shape[0],
        "worst_gap": max(each.gap for each in answers),
        "worst_seconds": max(each.seconds for each in answers),
        "objective": answers[0].objective,
    }


THEATRE = "theatre-kyiv"


def run_theatre(seeds: int) -> Row:
    """The packaged theatre's full design, all types of units, medians over the seeds; coverage is not timed."""
    scenario = read_scenario("kyiv-2025-07-04")
    coverage = cover(scenario, read_terrain(scenario))
    site(scenario, coverage, seed=0, gap=1.0)
    designs = [site(scenario, coverage, seed=seed) for seed in range(seeds)]
    return {
        "case": THEATRE,
        "spopt_ratio": None,
        "gap": statistics.median(each.gap for each in designs),
        "seconds": statistics.median(each.seconds for each in designs),
        "points": designs[0].points,
        "sites": len(scenario.sites),
        "worst_gap": max(each.gap for each in designs),
        "worst_seconds": max(each.seconds for each in designs),
        "objective": designs[0].objective,
    }


@dataclass(frozen=True, slots=True)
class Run:
    """One solver in a process of its own: wall and processor seconds, objective None if it did not end."""

    seconds: float
    cpu_s: float
    objective: float | None


def has_peer(python: str) -> bool:
    """Whether that interpreter can import spopt and PuLP."""
    probe = [python, "-c", "import importlib.util as u; assert u.find_spec('spopt') and u.find_spec('pulp')"]
    try:
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def whole_process(
    python: str, solver: str, numbers: tuple[int, int, float, int], bytecode: str, limit_s: float
) -> Run:
    """Run `benchmarks.siting_peer`; the times are not a number where it failed."""
    sites, points, radius, limit = numbers
    command = [python, "-m", "benchmarks.siting_peer", solver, *map(str, (sites, points, radius, limit, 0))]
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    settings |= {"PYTHONPYCACHEPREFIX": bytecode, "NUMBA_CACHE_DIR": os.path.join(bytecode, "kernels")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    output = ""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit_s, check=False, env=settings
        )
        if done.returncode != 0:
            return Run(math.nan, math.nan, None)
        output = done.stdout
    except subprocess.TimeoutExpired:
        pass
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, cpu, float(json.loads(output.splitlines()[-1])["objective"]) if output else None)


def run_peer(name: str, python: str, limit_s: float) -> Row:
    """Whole processes compared on one instance, both asked for a proven optimum."""
    numbers = PEERS[name]
    with tempfile.TemporaryDirectory() as bytecode:
        whole_process(sys.executable, "egide", numbers, bytecode, limit_s)
        whole_process(python, "spopt", (10, 50, 8.0, 2), bytecode, limit_s)
        own = whole_process(sys.executable, "egide", numbers, bytecode, limit_s)
        peer = whole_process(python, "spopt", numbers, bytecode, limit_s)
    failed = math.isnan(peer.seconds)
    return {
        "case": name,
        "spopt_ratio": None if failed else peer.seconds / own.seconds,
        "spopt_cpu_ratio": None if failed else peer.cpu_s / own.cpu_s,
        "gap": 0.0,
        "seconds": own.seconds,
        "points": numbers[1],
        "sites": numbers[0],
        "objective": own.objective,
        "spopt_ended": peer.objective is not None,
        "same_optimum": None if peer.objective is None else peer.objective == own.objective,
    }


def main() -> None:
    """Run the cases and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed of the smaller cases, no peer")
    parser.add_argument("--case", help="run only the cases whose name contains this")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--peer-limit", type=float, default=PEER_LIMIT_S, help="seconds a peer is waited for")
    options = parser.parse_args()
    jobs: list[Callable[[], Row]] = []
    for case in CASES:
        if (options.case or "") in case.name and (case.quick or not options.quick):
            jobs.append(partial(run_case, case, 1 if options.quick else options.seeds))
    if (options.case or "") in THEATRE:
        jobs.append(partial(run_theatre, 1 if options.quick else options.seeds))
    python = os.environ.get("EGIDE_PEER_PYTHON", sys.executable)
    peers = [name for name in PEERS if (options.case or "") in name and not options.quick]
    if peers and not has_peer(python):
        note = "install egide[bench], or name an interpreter that has them in EGIDE_PEER_PYTHON"
        print(f"no comparison: {python} has no spopt and PuLP; {note}", file=sys.stderr)
        peers = []
    jobs += [partial(run_peer, name, python, options.peer_limit) for name in peers]
    print(f"{'case':28} {'gap %':>8} {'seconds':>8} {'ratio':>8}", file=sys.stderr)
    for job in jobs:
        row = job()
        ratio = "" if row["spopt_ratio"] is None else f"{row['spopt_ratio']:.0f}"
        print(f"{row['case']:28} {100 * row['gap']:8.3f} {row['seconds']:8.2f} {ratio:>8}", file=sys.stderr)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
