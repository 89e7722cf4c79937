"""A second process beside the line: it compiles kernels the line will need, then writes its briefs.

Python draws one page at a time and Numba compiles one kernel at a time in a process, so a second core helps
only in a second process. The line works without it; with it, a first run waits for about half as long.
"""

from __future__ import annotations

import contextlib
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from egide.briefing.brief import Brief
from egide.kernels import campaign_trials, raid
from egide.kernels.jit import is_probably_cached

READY = b"ready\n"
DONE = b"done\n"

Job = tuple[Brief, Sequence[Path]]
"""A brief, and the files to write it as."""


class Aside:
    """The second process, seen from the line."""

    def __init__(self) -> None:
        self._ready = False
        self._ready_lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "egide.app.aside"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait_until_ready(self) -> None:
        """Return when kernels are compiled, or the process is gone."""
        assert self._process.stdout is not None
        with self._ready_lock:
            if not self._ready:
                self._process.stdout.readline()
                self._ready = True

    def start(self, job: Job) -> None:
        """Hand over a brief to write."""
        self.wait_until_ready()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone, and `is_done` will say so
            pickle.dump(job, self._process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()

    def is_done(self) -> bool:
        """Wait for the brief; False when the process could not write it."""
        assert self._process.stdout is not None
        return self._process.stdout.readline() == DONE

    def close(self) -> None:
        """End the process; what it was writing is dropped whole."""
        self._process.terminate()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _compile_kernels() -> None:
    """Carry the tiny scenario through raids and campaigns, whose kernels take longest to compile.

    The line sweeps and compiles sweeps meanwhile, so coverage here is made up: every mast sees everything.
    """
    import numpy as np

    from egide.coverage.result import Coverage, Window
    from egide.coverage.stations import stations_of
    from egide.geo import Position
    from egide.io.scenario_files import read_scenario
    from egide.io.scenario_terrain import read_terrain
    from egide.raids.simulate import simulate
    from egide.supply.sustain import sustain

    scenario = read_scenario("tiny")
    terrain = read_terrain(scenario)
    grid = terrain.grid
    stations = tuple(station for station, _ in stations_of(scenario))
    sites = {site.id: Position.from_lonlat(site.lon_deg, site.lat_deg, grid.crs) for site in scenario.sites}
    at = [sites[station.site] for station in stations]
    coverage = Coverage(
        grid=grid,
        ground_m=terrain.heights_m,
        stations=stations,
        windows=tuple(Window(0, 0, np.zeros(grid.shape, np.uint16)) for _ in stations),
        positions_m=np.array([(p.x_m, p.y_m) for p in at], dtype=np.float64).reshape(-1, 2),
        ground_at_station_m=np.zeros(len(stations)),
        convergence_deg=np.zeros(len(stations)),
        k_factor=scenario.k_factor,
        surface=terrain.surface,
        scenario_hash=scenario.fingerprint("laydown"),
    )
    raids = simulate(scenario, coverage, scenario.laydown, seed=0, trials=2)
    sustain(scenario, scenario.laydown, raids, seed=0, weeks=2, campaigns=2)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    if not (is_probably_cached(raid.run_trials) and is_probably_cached(campaign_trials.run_trials)):
        _compile_kernels()
    answers.write(READY)
    answers.flush()
    import matplotlib.figure  # noqa: F401  (drawing starts sooner when it is loaded before it is asked for)

    while True:
        try:
            pages, paths = pickle.load(requests)
        except EOFError:
            return
        for path in paths:
            pages.write(path)
        answers.write(DONE)
        answers.flush()


def main() -> None:
    """Serve the line that started this process until it closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the line decides what an interrupt means
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # leaves by exceptions, so half-written files go
    _serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
