"""Raids for the tests: random ones that use every feature, and plain ones with a known answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from egide.raids.tables import (
    Classes,
    FireUnits,
    FireWindows,
    Jammers,
    NightEffect,
    Pictures,
    RaidTables,
    Rules,
    Sensors,
    SensorWindows,
    SoftWindows,
    Threats,
)


def random_raid(seed: int, threats: int = 30, units: int = 8, sensors: int = 6, **rules: Any) -> RaidTables:
    """A raid with every feature of the simulator, drawn at random; times are continuous, so ties are
    impossible."""
    rng = np.random.default_rng(seed)
    flight = rng.uniform(600.0, 1500.0, threats)
    looks, fires = 3 * threats, 4 * threats
    look_threat, fire_threat = rng.integers(0, threats, looks), rng.integers(0, threats, fires)
    look_entry = rng.uniform(0.0, 0.6, looks) * flight[look_threat]
    fire_entry = rng.uniform(0.1, 0.8, fires) * flight[fire_threat]
    fire_exit = fire_entry + rng.uniform(20.0, 300.0, fires)
    fly = rng.uniform(5.0, 40.0, (3, fires))
    with_closest = rng.random(fires) < 0.5
    pictures = 2 + units
    fusion = ["tracks", "plots"] + ["tracks"] * units
    member_picture = np.concatenate([np.repeat([0, 1], sensors), 2 + np.arange(units)])
    member_sensor = np.concatenate([np.tile(np.arange(sensors), 2), rng.integers(0, sensors, units)])
    return RaidTables(
        threats=Threats(
            class_index=rng.integers(0, 3, threats),
            target_index=rng.integers(0, 2, threats),
            launch_s=rng.uniform(0.0, 300.0, threats),
            launch_spread_s=rng.choice([0.0, 120.0], threats),
            flight_s=flight,
            value=rng.choice([1.0, 2.0, 5.0], threats),
        ),
        classes=Classes(
            labels=["drone", "decoy", "missile"],
            ignored_fraction=[0.1, 0.4, 0.0],
            lost_fraction=[0.1, 0.2, 0.0],
            apparent_class=[0, 0, 2],
            decoy=[0, 1, 0],
        ),
        sensors=Sensors(
            scan_period_s=rng.uniform(3.0, 12.0, sensors),
            confirm_m=rng.integers(1, 4, sensors),
            confirm_n=rng.integers(3, 6, sensors),
            bad_night_pd_fraction=0.3,
            availability_fraction=0.9,
            link_fraction=rng.choice([0.8, 1.0], sensors),
        ),
        sensor_windows=SensorWindows(
            threat=look_threat,
            sensor=rng.integers(0, sensors, looks),
            entry_s=look_entry,
            exit_s=look_entry + rng.uniform(5.0, 200.0, looks),
            pd_fraction=rng.uniform(0.05, 0.9, looks),
        ),
        pictures=Pictures(
            identify_s=rng.uniform(0.0, 30.0, pictures),
            decide_s=10.0,
            identify_spread=0.5,
            decide_spread=0.3,
            fusion=fusion,
            plot_m=2,
            plot_window_s=40.0,
            shared=[1, 1] + [0] * units,
            member_picture=member_picture,
            member_sensor=member_sensor,
        ),
        units=FireUnits(
            kind_index=rng.integers(0, 2, units),
            channels=rng.integers(1, 3, units),
            ready_rounds=rng.integers(2, 6, units),
            store_rounds=rng.integers(0, 5, units),
            reload_s=rng.uniform(20.0, 200.0, units),
            reaction_s=rng.uniform(0.0, 8.0, units),
            assess_s=rng.uniform(1.0, 20.0, units),
            turnaround_s=rng.choice([0.0, 60.0], units),
            picture=rng.integers(0, 2, units),
            fallback_picture=2 + np.arange(units),
            must_see_picture=np.where(rng.random(units) < 0.2, 2 + np.arange(units), -1),
            group=rng.integers(0, 3, units),
            availability_fraction=0.9,
            link_fraction=rng.choice([0.7, 1.0], units),
            doctrine=rng.integers(0, 3, (units, 3)),
            reserve_rounds=np.tile([2, 2, 0], (units, 1)),
        ),
        fire_windows=FireWindows(
            threat=fire_threat,
            unit=rng.integers(0, units, fires),
            entry_s=fire_entry,
            exit_s=fire_exit,
            flyout_entry_s=fly[0],
            flyout_exit_s=fly[2],
            closest_s=np.where(with_closest, 0.5 * (fire_entry + fire_exit), np.nan),
            flyout_closest_s=np.where(with_closest, fly[1], np.nan),
        ),
        kill_probability=[[0.6, 0.7, 0.3], [0.4, 0.5, 0.8]],
        jammers=Jammers(availability_fraction=[0.9, 1.0]),
        soft_windows=SoftWindows(
            threat=rng.integers(0, threats, threats),
            jammer=rng.integers(0, 2, threats),
            entry_s=rng.uniform(0.0, 300.0, threats),
            exit_s=rng.uniform(400.0, 600.0, threats),
            hazard_per_s=rng.uniform(0.0, 2e-3, threats),
        ),
        night=NightEffect(
            kill_concentration=10.0, lost_concentration=10.0, soft_shape=4.0, bad_night_fraction=0.2
        ),
        rules=Rules(doctrines=("S-L-S", "S-S", "S"), **rules),
    )


def plain_raid(
    entry_s: Any,
    exit_s: Any,
    *,
    kill: Any = 0.7,
    launch_s: Any = 0.0,
    doctrine: str = "S",
    classes: Any = 0,
    units: FireUnits | None = None,
    unit: Any = 0,
    threat: Any = None,
    value: Any = 1.0,
    **rules: Any,
) -> RaidTables:
    """Threats known from their launch, one window each unless `threat` says otherwise, no delay."""
    entry = np.atleast_1d(np.asarray(entry_s, dtype=float))
    leave = np.broadcast_to(np.asarray(exit_s, dtype=float), entry.shape)
    threat = np.arange(entry.size) if threat is None else np.asarray(threat)
    count = int(threat.max(initial=-1)) + 1
    kill = np.atleast_2d(np.asarray(kill, dtype=float))
    return RaidTables(
        threats=Threats(
            class_index=np.broadcast_to(np.asarray(classes), (count,)),
            launch_s=launch_s,
            flight_s=float(leave.max(initial=1.0)) + 1.0,
            value=value,
        ),
        classes=Classes(labels=[f"class {k}" for k in range(kill.shape[1])]),
        units=FireUnits(kind_index=[0]) if units is None else units,
        fire_windows=FireWindows(threat=threat, unit=unit, entry_s=entry, exit_s=leave),
        kill_probability=kill,
        pictures=Pictures(identify_s=[0.0], fusion="given"),
        rules=Rules(doctrines=(doctrine,), **rules),
    )
