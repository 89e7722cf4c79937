"""How fast the raid simulator is, against the same model in SimPy in the same run.

`python -m benchmarks.raids` prints what it measured; the last line is JSON: `simpy_ratio` (full kill chain,
one core each, processor seconds), `threats_per_s_per_core` (reduced model: 550 threats, 120 units of two
channels, waiting lines with reneging, shoot-look-shoot), `trials_per_s` (a night as large as that of 3-4 July
2025, whole call, all threads) and `threads_2_over_1`.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable

import numpy as np

from egide.raids.engine import run_raid
from egide.raids.outcome import RaidOutcome
from egide.raids.tables import (
    Classes,
    FireUnits,
    FireWindows,
    NightEffect,
    Pictures,
    RaidTables,
    Rules,
    Sensors,
    SensorWindows,
    Threats,
)


def reduced_raid(threats: int = 550, units: int = 120, windows: int = 2, seed: int = 1) -> RaidTables:
    """Threats known from the start, two windows each, units of two channels, shoot-look-shoot."""
    rng = np.random.default_rng(seed)
    entry = rng.uniform(0.0, 600.0, threats * windows)
    return RaidTables(
        threats=Threats(
            class_index=np.zeros(threats), launch_s=rng.uniform(0.0, 1800.0, threats), flight_s=1000.0
        ),
        classes=Classes(labels=["drone"]),
        units=FireUnits(kind_index=np.zeros(units), channels=2, reaction_s=10.0, assess_s=10.0),
        fire_windows=FireWindows(
            threat=np.repeat(np.arange(threats), windows),
            unit=rng.integers(0, units, threats * windows),
            entry_s=entry,
            exit_s=entry + 100.0,
            flyout_entry_s=30.0,
            flyout_exit_s=30.0,
        ),
        kill_probability=[[0.7]],
        pictures=Pictures(identify_s=[0.0], fusion="given"),
        rules=Rules(doctrines=("S-L-S",)),
    )


def large_night(seed: int = 1, assignment: str = "quickest") -> RaidTables:
    """A made-up night of 539 drones, decoys among them, and 11 missiles; 60 units, 60 sensors, full chain.

    Sizes are those of the night of 3-4 July 2025; windows and positions are drawn and mean nothing.
    """
    rng = np.random.default_rng(seed)
    drones, missiles, units, sensors, looks, fires = 539, 11, 60, 60, 6, 6
    count = drones + missiles
    fast = np.arange(count) >= drones
    flight = np.where(fast, rng.uniform(1800.0, 3600.0, count), rng.uniform(6000.0, 14000.0, count))
    scale = np.where(fast, 0.3, 1.0)
    look_threat, fire_threat = np.repeat(np.arange(count), looks), np.repeat(np.arange(count), fires)
    look_entry = rng.uniform(0.2, 0.9, look_threat.size) * flight[look_threat]
    look_exit = look_entry + rng.uniform(60.0, 270.0, look_threat.size) * scale[look_threat]
    fire_entry = rng.uniform(0.4, 0.95, fire_threat.size) * flight[fire_threat]
    fire_exit = fire_entry + rng.uniform(60.0, 240.0, fire_threat.size) * scale[fire_threat]
    kind = np.arange(units) % 3
    return RaidTables(
        threats=Threats(
            class_index=np.where(fast, 2, (rng.random(count) < 0.38).astype(int)),
            launch_s=np.where(fast, 12000.0, rng.uniform(0.0, 12000.0, count)),
            launch_spread_s=300.0,
            flight_s=flight,
            value=np.where(fast, 5.0, 1.0),
        ),
        classes=Classes(
            labels=["drone", "decoy", "missile"],
            ignored_fraction=[0.02, 0.2, 0.0],
            lost_fraction=[0.05, 0.3, 0.02],
            apparent_class=[0, 0, 2],
            decoy=[0, 1, 0],
        ),
        sensors=Sensors(
            scan_period_s=np.where(np.arange(sensors) % 2 == 0, 10.0, 5.0),
            confirm_m=3,
            confirm_n=5,
            bad_night_pd_fraction=0.3,
            availability_fraction=0.95,
        ),
        sensor_windows=SensorWindows(
            threat=look_threat,
            sensor=rng.integers(0, sensors, look_threat.size),
            entry_s=look_entry,
            exit_s=look_exit,
            pd_fraction=rng.uniform(0.2, 0.9, look_threat.size),
        ),
        pictures=Pictures(
            identify_s=[30.0],
            decide_s=20.0,
            identify_spread=0.5,
            decide_spread=0.5,
            member_picture=np.zeros(sensors, dtype=int),
            member_sensor=np.arange(sensors),
        ),
        units=FireUnits(
            kind_index=kind,
            channels=np.array([1, 2, 4])[kind],
            ready_rounds=np.array([60, 12, 16])[kind],
            store_rounds=np.array([60, 12, 16])[kind],
            reload_s=1800.0,
            reaction_s=8.0,
            assess_s=6.0,
            availability_fraction=0.9,
            doctrine=0,
            reserve_rounds=np.stack([np.zeros(units), np.zeros(units), np.zeros(units)], axis=1).astype(int),
        ),
        fire_windows=FireWindows(
            threat=fire_threat,
            unit=rng.integers(0, units, fire_threat.size),
            entry_s=fire_entry,
            exit_s=fire_exit,
            flyout_entry_s=20.0,
            flyout_exit_s=25.0,
        ),
        kill_probability=[[0.5, 0.6, 0.1], [0.7, 0.7, 0.5], [0.8, 0.8, 0.7]],
        night=NightEffect(kill_concentration=20.0, bad_night_fraction=0.1),
        rules=Rules(doctrines=("S-L-S",), assignment=assignment),
    )


def best_of(times: int, clock: Callable[[], float], work: Callable[[], object]) -> float:
    """Shortest of a few runs, in seconds of the clock: the machine's noise only ever adds."""
    shortest = float("inf")
    for _ in range(times):
        start = clock()
        work()
        shortest = min(shortest, clock() - start)
    return shortest


def peer_seconds(tables: RaidTables, trials: int) -> tuple[float, float]:
    """Processor seconds a trial of the SimPy twin with the standard library's generator, and mean leakers."""
    from tests.naive.raid import simulate

    generator = random.Random(7)

    def dice(*_address: int) -> float:
        return generator.random()

    start = time.process_time()
    done = simulate(tables, 7, range(trials), dice)
    seconds = (time.process_time() - start) / trials
    return seconds, float(np.mean([sum(code >= 3 for code in trial.code) for trial in done]))


def measure() -> dict[str, float]:
    """Run everything once warm and give the four figures."""
    small, night = reduced_raid(), large_night()

    def reduced() -> RaidOutcome:
        return run_raid(small, trials=1000, seed=7, threads=1, bin_s=1e9)

    def full(trials: int, threads: int | None) -> RaidOutcome:
        return run_raid(night, trials=trials, seed=7, threads=threads)

    reduced()
    warm = full(20, 1)
    per_core = 1000 * 550 / best_of(5, time.process_time, reduced)
    kernel = best_of(3, time.process_time, lambda: full(200, 1)) / 200
    peer, peer_leakers = peer_seconds(night, 4)
    small_peer, _ = peer_seconds(small, 4)
    one = best_of(3, time.perf_counter, lambda: full(500, 1))
    two = best_of(3, time.perf_counter, lambda: full(500, 2))
    whole = best_of(3, time.perf_counter, lambda: full(2000, None))
    print(f"large night: {kernel * 1e3:.2f} ms a trial on one core, SimPy {peer * 1e3:.0f} ms")
    print(
        f"large night: 2,000 trials in {whole:.2f} s; leakers {warm.means()[0]:.0f}, SimPy {peer_leakers:.0f}"
    )
    print(f"reduced model: {per_core / 1e6:.2f} million threats a second and core")
    print(f"reduced model: SimPy {550 / small_peer / 1e3:.0f} thousand")
    return {
        "simpy_ratio": round(peer / kernel, 1),
        "threats_per_s_per_core": round(per_core),
        "trials_per_s": round(2000 / whole, 1),
        "threads_2_over_1": round(one / two, 2),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
