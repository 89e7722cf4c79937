"""Siting: proven gap and time, and the ratio to spopt with CBC.

`python -m benchmarks.siting [--quick] [--case NAME] [--seeds N]` prints a table on standard error and one JSON
line per case on standard output: `case`, `spopt_ratio`, `gap`, `seconds`, `points`, `sites` (medians over the
seeds), with `objective` of the first seed. `--quick` runs one seed of the smaller cases and no peer. The peer
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
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.siting_peer import cover_rows, planar
from egide.kernels.jit import jit
from egide.siting import CoverAnswer, maximal_cover

_PEER_LIMIT_S = 1_800.0
_EFFECTIVE_RADIUS_M = 8_494_667.0  # 4/3 of 6,371 km


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table."""

    name: str
    build: Callable[[int], tuple[sp.csr_array, NDArray[np.float64]]]
    limit: int
    gap: float
    quick: bool


def planar_case(name: str, sites: int, points: int, radius: float, limit: int, gap: float) -> Case:
    """Random planar instance in the manner of Cordeau, Furini and Ljubic."""

    def build(seed: int) -> tuple[sp.csr_array, NDArray[np.float64]]:
        at, of, weights = planar(sites, points, radius, seed)
        return cover_rows(at, of, radius), weights

    return Case(name, build, limit, gap, quick=points <= 100_000)


def relief(cells: int, seed: int, height_m: float, roughness: float = 2.0) -> NDArray[np.float64]:
    """Fractal heights from 0 to `height_m`: white noise filtered in frequency."""
    draw = np.random.default_rng(seed)
    frequency = np.fft.fftfreq(cells)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    radius[0, 0] = 1.0
    noise = draw.normal(size=(cells, cells)) + 1j * draw.normal(size=(cells, cells))
    heights = np.fft.ifft2(noise * radius ** (-roughness / 2.0 - 0.5)).real
    heights -= heights.min()
    return np.asarray(heights * height_m / heights.max(), np.float64)


@jit
def seen_from(
    heights: NDArray[np.float64], row: int, column: int, cell_m: float, mast_m: float, target_m: float,
    range_m: float,
) -> NDArray[np.bool_]:  # fmt: skip
    """Cells whose air at `target_m` above ground is in line of sight: every ray walked, 4/3 earth."""
    rows, columns = heights.shape
    seen = np.zeros((rows, columns), np.bool_)
    eye = heights[row, column] + mast_m
    reach = int(range_m / cell_m)
    for i in range(max(0, row - reach), min(rows, row + reach + 1)):
        for j in range(max(0, column - reach), min(columns, column + reach + 1)):
            far = cell_m * np.sqrt(float((i - row) ** 2 + (j - column) ** 2))
            if far > range_m:
                continue
            steps = max(abs(i - row), abs(j - column))
            clear = True
            for q in range(1, steps):
                a = row + (i - row) * q / steps
                b = column + (j - column) * q / steps
                u, v = min(int(a), rows - 2), min(int(b), columns - 2)
                fa, fb = a - u, b - v
                ground = (heights[u, v] * (1 - fa) + heights[u + 1, v] * fa) * (1 - fb) + (
                    heights[u, v + 1] * (1 - fa) + heights[u + 1, v + 1] * fa
                ) * fb
                at = far * q / steps
                top = heights[i, j] + target_m - far * far / (2.0 * _EFFECTIVE_RADIUS_M)
                if ground - at * at / (2.0 * _EFFECTIVE_RADIUS_M) - eye > (top - eye) * at / far:
                    clear = False
                    break
            seen[i, j] = clear
    return seen


def masked_case(name: str, range_m: float, target_m: float, height_m: float) -> Case:
    """1,000 crests on a 200 x 200 km fractal relief of 1 km cells, weights like a population's."""

    def build(seed: int) -> tuple[sp.csr_array, NDArray[np.float64]]:
        cells = 200
        heights = relief(cells, 10 * seed, height_m)
        draw = np.random.default_rng(10 * seed + 1)
        crests: dict[tuple[int, int], None] = {}
        for i, j in draw.integers(2, cells - 2, (4_000, 2)):
            window = heights[i - 2 : i + 3, j - 2 : j + 3]
            top = np.unravel_index(int(window.argmax()), window.shape)
            crests[(int(i - 2 + top[0]), int(j - 2 + top[1]))] = None
        rows = [
            np.nonzero(seen_from(heights, i, j, 1_000.0, 15.0, target_m, range_m).ravel())[0]
            for i, j in list(crests)[:1_000]
        ]
        indptr = np.concatenate(([0], np.cumsum([row.shape[0] for row in rows])))
        indices = np.concatenate(rows).astype(np.int32)
        shape = (len(rows), cells * cells)
        density = np.exp(4.0 * relief(cells, 10 * seed + 2, 1.0).ravel())
        weights = np.rint(10.0 * density * draw.lognormal(0.0, 1.0, cells * cells))
        return sp.csr_array((np.ones(indices.shape[0], bool), indices, indptr), shape=shape), weights

    return Case(name, build, 25, 0.01, quick=False)


CASES = (
    planar_case("planar-100x1000000", 100, 1_000_000, 5.5, 10, 0.005),
    planar_case("planar-500x100000", 500, 100_000, 2.5, 30, 0.005),
    masked_case("masked-1000x40000-40km", 40_000.0, 100.0, 400.0),
    masked_case("masked-1000x40000-rugged", 40_000.0, 50.0, 800.0),
    masked_case("masked-1000x40000-25km", 25_000.0, 100.0, 400.0),
    planar_case("planar-1000x1000000", 1_000, 1_000_000, 2.5, 40, 0.01),
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
    for seed in range(seeds):
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


@dataclass(frozen=True, slots=True)
class Run:
    """One solver in a process of its own: wall and processor seconds, objective None if it did not end."""

    seconds: float
    cpu_s: float
    objective: float | None


def whole_process(python: str, solver: str, numbers: tuple[int, int, float, int], bytecode: str) -> Run:
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
            command, capture_output=True, text=True, timeout=_PEER_LIMIT_S, check=False, env=settings
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


def run_peer(name: str) -> Row:
    """Whole processes compared on one instance, both asked for a proven optimum."""
    numbers = PEERS[name]
    python = os.environ.get("EGIDE_PEER_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as bytecode:
        whole_process(sys.executable, "egide", numbers, bytecode)
        whole_process(python, "spopt", (10, 50, 8.0, 2), bytecode)
        own = whole_process(sys.executable, "egide", numbers, bytecode)
        peer = whole_process(python, "spopt", numbers, bytecode)
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
    options = parser.parse_args()
    jobs: list[Callable[[], Row]] = []
    for case in CASES:
        if (options.case or "") in case.name and (case.quick or not options.quick):
            jobs.append(partial(run_case, case, 1 if options.quick else options.seeds))
    for name in PEERS:
        if (options.case or "") in name and not options.quick:
            jobs.append(partial(run_peer, name))
    print(f"{'case':28} {'gap %':>8} {'seconds':>8} {'ratio':>8}", file=sys.stderr)
    for job in jobs:
        row = job()
        ratio = "" if row["spopt_ratio"] is None else f"{row['spopt_ratio']:.0f}"
        print(f"{row['case']:28} {100 * row['gap']:8.3f} {row['seconds']:8.2f} {ratio:>8}", file=sys.stderr)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
