"""What can be wrong with raid tables, found all at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from egide.errors import SEED_REMEDY, InputError, Problem, is_seed, is_whole
from egide.kernels.raid_arrays import ACTOR_KEY_LIMIT, SCAN_LIMIT, THREAT_KEY_LIMIT
from egide.raids.doctrine import parse_doctrine
from egide.raids.tables import RaidTables

ASSIGNMENTS = ("first", "quickest", "best", "horizon")
QUEUES = ("fifo", "urgent")
LAWS = ("fixed", "exponential", "lognormal")
FUSIONS = ("tracks", "plots", "given")


class _Found:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, field: str, value: object, remedy: str) -> None:
        self.problems.append(Problem("RaidTables", field, value, remedy))

    def column(
        self,
        name: str,
        values: Any,
        rows: int,
        low: float = -np.inf,
        high: float = np.inf,
        *,
        missing: bool = False,
        whole: bool = False,
    ) -> None:
        """Report the first row of a column that is not a number between `low` and `high`."""
        array = np.asarray(values, dtype=np.float64)
        if array.shape[:1] != (rows,):
            self.add(name, array.shape, f"give one number, or one for each of the {rows} rows")
            return
        bad = ~((array >= low) & (array <= high)) | ~np.isfinite(array)
        if missing:
            bad &= ~np.isnan(array)
        if whole:
            bad |= array != np.floor(array)
        if bad.any():
            at = tuple(int(k) for k in np.argwhere(bad)[0])
            where = "".join(f"[{k}]" for k in at)
            kind = "whole number" if whole else "finite number"
            more = f" ({int(bad.sum())} rows like this)" if bad.sum() > 1 else ""
            self.add(f"{name}{where}", float(array[at]), f"give a {kind} from {low:g} to {high:g}{more}")


def check(tables: RaidTables, trials: int = 1, seed: int = 0, bin_s: float | None = None) -> None:
    """Raise one error with everything that is wrong.

    Parameters
    ----------
    tables : RaidTables
        What is to be simulated.
    trials, seed : int
        How often and from which seed.
    bin_s : float, optional
        Width of the bins of time [s].

    Raises
    ------
    InputError
        With one problem for each column or rule that cannot be used.
    """
    found = _Found()
    if not (is_whole(trials) and trials >= 1):
        found.add("trials", trials, "simulate at least one trial, a whole number of them")
    if bin_s is not None and not (np.isfinite(bin_s) and bin_s > 0.0):
        found.add("bin_s", bin_s, "give a width above 0, or none for the default")
    if not is_seed(seed):
        found.add("seed", seed, SEED_REMEDY)
    _threats(found, tables)
    _sensors(found, tables)
    _pictures(found, tables)
    _units(found, tables)
    _windows(found, tables)
    _rules(found, tables)
    if found.problems:
        raise InputError(found.problems)


def _threats(found: _Found, tables: RaidTables) -> None:
    threats, classes = tables.threats, tables.classes
    n, c = len(threats), len(classes.labels)
    found.column("threats.class_index", threats.class_index, n, 0, c - 1, whole=True)
    found.column(
        "threats.target_index", threats.target_index, n, 0, len(tables.target_labels) - 1, whole=True
    )
    found.column("threats.launch_s", threats.launch_s, n, 0.0, 1e9)
    found.column("threats.launch_spread_s", threats.launch_spread_s, n, 0.0, 1e9)
    found.column("threats.flight_s", threats.flight_s, n, 1e-9, 1e9)
    found.column("threats.value", threats.value, n, 0.0, 1e18)
    _keys(found, "threats.key", threats.key, n, THREAT_KEY_LIMIT)
    found.column("classes.ignored_fraction", classes.ignored_fraction, c, 0.0, 1.0)
    found.column("classes.lost_fraction", classes.lost_fraction, c, 0.0, 1.0)
    found.column("classes.apparent_class", classes.apparent_class, c, 0, c - 1, whole=True)
    found.column("classes.decoy", classes.decoy, c, 0, 1, whole=True)


def _keys(found: _Found, name: str, keys: Any, rows: int, limit: int) -> None:
    found.column(name, keys, rows, 0, limit - 1, whole=True)
    array = np.asarray(keys)
    if array.shape == (rows,) and np.unique(array).size < rows:
        found.add(name, None, "give every row its own key, or none for the row numbers")


def _sensors(found: _Found, tables: RaidTables) -> None:
    sensors = tables.sensors
    n = len(sensors)
    found.column("sensors.scan_period_s", sensors.scan_period_s, n, 1e-6, 1e9)
    found.column("sensors.confirm_n", sensors.confirm_n, n, 1, 62, whole=True)
    found.column("sensors.confirm_m", sensors.confirm_m, n, 1, 62, whole=True)
    for share in ("bad_night_pd_fraction", "availability_fraction", "link_fraction"):
        found.column(f"sensors.{share}", getattr(sensors, share), n, 0.0, 1.0)
    for name in ("ready_key", "link_key"):
        found.column(f"sensors.{name}", getattr(sensors, name), n, 0, 2**60, whole=True)
    _keys(found, "sensors.key", sensors.key, n, ACTOR_KEY_LIMIT)
    if sensors.confirm_m.shape == sensors.confirm_n.shape:
        for row in np.flatnonzero(sensors.confirm_m > sensors.confirm_n)[:1]:
            remedy = f"asks for more detections than its {sensors.confirm_n[row]:g} scans; lower M or raise N"
            found.add(f"sensors.confirm_m[{row}]", float(sensors.confirm_m[row]), remedy)
    jammers = tables.jammers
    found.column("jammers.availability_fraction", jammers.availability_fraction, len(jammers), 0.0, 1.0)
    _keys(found, "jammers.key", jammers.key, len(jammers), ACTOR_KEY_LIMIT)


def _pictures(found: _Found, tables: RaidTables) -> None:
    pictures = tables.pictures
    n = len(pictures)
    for name in ("identify_s", "decide_s", "plot_window_s"):
        found.column(f"pictures.{name}", getattr(pictures, name), n, 0.0, 1e9)
    for name in ("identify_spread", "decide_spread"):
        found.column(f"pictures.{name}", getattr(pictures, name), n, 0.0, 10.0)
    found.column("pictures.plot_m", pictures.plot_m, n, 1, 1_000_000, whole=True)
    _keys(found, "pictures.key", pictures.key, n, ACTOR_KEY_LIMIT)
    for row, fusion in enumerate(pictures.fusion):
        if fusion not in FUSIONS:
            found.add(f"pictures.fusion[{row}]", fusion, f"choose one of {', '.join(FUSIONS)}")
    if len(pictures.fusion) != n:
        found.add("pictures.fusion", len(pictures.fusion), f"give one, or one for each of the {n} pictures")
    rows = pictures.member_picture.shape[0]
    if pictures.member_sensor.shape != (rows,):
        found.add("pictures.member_sensor", None, "give one sensor for each row of member_picture")
        return
    found.column("pictures.member_picture", pictures.member_picture, rows, 0, n - 1, whole=True)
    found.column(
        "pictures.member_sensor", pictures.member_sensor, rows, 0, len(tables.sensors) - 1, whole=True
    )


def _units(found: _Found, tables: RaidTables) -> None:
    units, chance = tables.units, tables.kill_probability
    n, classes = len(units), len(tables.classes.labels)
    if chance.ndim != 2 or chance.shape[1] != classes:
        found.add(
            "kill_probability", chance.shape, f"give one row for each kind, one column for {classes} classes"
        )
    else:
        found.column("kill_probability", chance, chance.shape[0], 0.0, 1.0)
    found.column("units.kind_index", units.kind_index, n, 0, chance.shape[0] - 1, whole=True)
    found.column("units.channels", units.channels, n, 1, 100_000, whole=True)
    for name in ("ready_rounds", "store_rounds"):
        found.column(f"units.{name}", getattr(units, name), n, 0, 1_000_000_000, whole=True)
    for name in ("reload_s", "reaction_s", "assess_s", "turnaround_s"):
        found.column(f"units.{name}", getattr(units, name), n, 0.0, 1e9)
    for name in ("availability_fraction", "link_fraction"):
        found.column(f"units.{name}", getattr(units, name), n, 0.0, 1.0)
    for name in ("picture", "fallback_picture", "must_see_picture"):
        found.column(f"units.{name}", getattr(units, name), n, -1, len(tables.pictures) - 1, whole=True)
    for name in ("ready_key", "link_key", "group"):
        found.column(f"units.{name}", getattr(units, name), n, 0, 2**60, whole=True)
    found.column("units.reserve_rounds", units.reserve_rounds, n, 0, 1_000_000_000, whole=True)
    found.column("units.doctrine", units.doctrine, n, 0, len(tables.rules.doctrines) - 1, whole=True)
    for name in ("doctrine", "reserve_rounds"):
        array = getattr(units, name)
        if array.ndim > 1 and array.shape != (n, classes):
            found.add(f"units.{name}", array.shape, f"give one column for each of the {classes} classes")


def _windows(found: _Found, tables: RaidTables) -> None:
    for name, actor, actors in (
        ("sensor_windows", "sensor", len(tables.sensors)),
        ("fire_windows", "unit", len(tables.units)),
        ("soft_windows", "jammer", len(tables.jammers)),
    ):
        windows = getattr(tables, name)
        rows = windows.threat.shape[0]
        found.column(f"{name}.threat", windows.threat, rows, 0, len(tables.threats) - 1, whole=True)
        found.column(f"{name}.{actor}", getattr(windows, actor), rows, 0, actors - 1, whole=True)
        found.column(f"{name}.entry_s", windows.entry_s, rows, 0.0, 1e9)
        found.column(f"{name}.exit_s", windows.exit_s, rows, 0.0, 1e9)
        if windows.entry_s.shape == windows.exit_s.shape:
            for row in np.flatnonzero(windows.exit_s < windows.entry_s)[:1]:
                found.add(
                    f"{name}.exit_s[{row}]", float(windows.exit_s[row]), "a window ends after it begins"
                )
    rows = tables.sensor_windows.threat.shape[0]
    found.column("sensor_windows.pd_fraction", tables.sensor_windows.pd_fraction, rows, 0.0, 1.0)
    if rows and not found.problems:
        period = tables.sensors.scan_period_s[tables.sensor_windows.sensor]
        if np.any(tables.sensor_windows.exit_s / period >= SCAN_LIMIT):
            found.add(
                "sensors.scan_period_s", None, f"a window has more than {SCAN_LIMIT} scans; lengthen it"
            )
    rows = tables.soft_windows.threat.shape[0]
    found.column("soft_windows.hazard_per_s", tables.soft_windows.hazard_per_s, rows, 0.0, 1e9)
    _flyout(found, tables)


def _flyout(found: _Found, tables: RaidTables) -> None:
    fire = tables.fire_windows
    rows = fire.threat.shape[0]
    for name in ("flyout_entry_s", "flyout_exit_s"):
        found.column(f"fire_windows.{name}", getattr(fire, name), rows, 0.0, 1e9)
    for name in ("closest_s", "flyout_closest_s"):
        found.column(f"fire_windows.{name}", getattr(fire, name), rows, 0.0, 1e9, missing=True)
    if any(getattr(fire, c).shape != (rows,) for c in ("closest_s", "entry_s", "exit_s", "flyout_closest_s")):
        return
    given = np.isfinite(fire.closest_s)
    outside = given & ((fire.closest_s < fire.entry_s) | (fire.closest_s > fire.exit_s))
    for row in np.flatnonzero(outside)[:1]:
        remedy = "the closest point lies within the window"
        found.add(f"fire_windows.closest_s[{row}]", float(fire.closest_s[row]), remedy)
    for row in np.flatnonzero(given != np.isfinite(fire.flyout_closest_s))[:1]:
        remedy = "give the time of the closest point and its fly-out time together"
        found.add(f"fire_windows.flyout_closest_s[{row}]", float(fire.flyout_closest_s[row]), remedy)


def _rules(found: _Found, tables: RaidTables) -> None:
    rules, night = tables.rules, tables.night
    for name, value, allowed in (
        ("assignment", rules.assignment, ASSIGNMENTS),
        ("queue", rules.queue, QUEUES),
        ("engagement_law", rules.engagement_law, LAWS),
    ):
        if value not in allowed:
            found.add(f"rules.{name}", value, f"choose one of {', '.join(allowed)}")
    if not (np.isfinite(rules.horizon_s) and rules.horizon_s > 0.0):
        found.add("rules.horizon_s", rules.horizon_s, "give a time above 0")
    if not (np.isfinite(rules.engagement_spread) and rules.engagement_spread >= 0.0):
        found.add("rules.engagement_spread", rules.engagement_spread, "give a spread of 0 or more")
    for name in ("kill_concentration", "lost_concentration", "soft_shape"):
        if not getattr(night, name) > 0.0:
            found.add(
                f"night.{name}", getattr(night, name), "give a number above 0, or infinity for no effect"
            )
    if not 0.0 <= night.bad_night_fraction <= 1.0:
        found.add("night.bad_night_fraction", night.bad_night_fraction, "give a share between 0 and 1")
    if not rules.doctrines:
        found.add("rules.doctrines", (), "name at least one shot doctrine")
    largest = []
    for row, name in enumerate(rules.doctrines):
        try:
            largest.append(max(parse_doctrine(name)))
        except InputError:
            found.add(
                f"rules.doctrines[{row}]", name, "write shots and looks such as S, S-S, S-L-S or S-S-L-S"
            )
    if len(largest) == len(rules.doctrines) and largest and not found.problems:
        _rounds(found, tables, np.asarray(largest))


def _rounds(found: _Found, tables: RaidTables, largest: Any) -> None:
    """A doctrine whose salvo is larger than what the launchers hold asks for rounds that do not exist."""
    units = tables.units
    asked = largest[units.doctrine]
    asked = asked if asked.ndim == 1 else asked.max(axis=1, initial=0)
    for row in np.flatnonzero((asked > units.ready_rounds) & (units.ready_rounds > 0))[:1]:
        remedy = f"its doctrine fires {asked[row]} at once; give it as many ready rounds, or another doctrine"
        found.add(f"units.ready_rounds[{row}]", int(units.ready_rounds[row]), remedy)
