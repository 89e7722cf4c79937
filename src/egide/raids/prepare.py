"""From checked tables to the records the kernels read, and the buffers they write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.kernels import raid_arrays as ra
from egide.kernels.raid import Hazards
from egide.kernels.raid_arrays import Detection, Fight
from egide.raids.checks import ASSIGNMENTS, FUSIONS, LAWS, QUEUES
from egide.raids.doctrine import parse_doctrine
from egide.raids.spare import ordering_pictures, spare_pictures, useful_until
from egide.raids.tables import RaidTables

Records = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Records of one raid, the same for every trial and shared by all threads."""

    threats: Records
    looks: Records
    sensors: Records
    members: Records
    pictures: Records
    softs: Records
    jammers: Records
    cases: Records
    fires: Records
    units: Records
    orders: Records
    salvos: Records
    plot_room: int
    events_room: int


def prepare(tables: RaidTables) -> Prepared:
    """Sort the tables into records.

    Parameters
    ----------
    tables : RaidTables
        Checked tables.

    Returns
    -------
    Prepared
        Windows sorted by threat, sensors' windows together in the order in which the threat meets them; a
        case for each threat and group of units; looks and jammers as slices of the threats.
    """
    sensors, members = _sensor_records(tables)
    spare = spare_pictures(tables)
    looks, look_lo, look_hi = _look_records(tables, spare)
    softs, soft_lo, soft_hi = _soft_records(tables)
    fires, cases = _fire_records(tables)
    units = _unit_records(tables)
    threats = np.zeros(len(tables.threats), dtype=ra.THREAT)
    for name, column in (
        ("key", tables.threats.key),
        ("launch", tables.threats.launch_s),
        ("spread", tables.threats.launch_spread_s),
        ("flight", tables.threats.flight_s),
        ("value", tables.threats.value),
        ("cls", tables.threats.class_index),
        ("look_lo", look_lo),
        ("look_hi", look_hi),
        ("soft_lo", soft_lo),
        ("soft_hi", soft_hi),
    ):
        threats[name] = column
    scans = np.ceil((looks["exit"] - looks["entry"]) / sensors["period"][looks["sensor"]]) + 1
    by_threat = np.add.reduceat(scans, look_lo[look_hi > look_lo]) if looks.size else np.zeros(1)
    return Prepared(
        threats=threats,
        looks=looks,
        sensors=sensors,
        members=members,
        pictures=_picture_records(tables, spare),
        softs=softs,
        jammers=_jammer_records(tables),
        cases=cases,
        fires=fires,
        units=units,
        orders=_order_records(tables),
        salvos=_salvo_table(tables),
        plot_room=int(by_threat.max(initial=0)) + 1,
        events_room=2 * cases.size + units.size + int(units["channels"].sum()) + 2,
    )


def _order_records(tables: RaidTables) -> Records:
    """How each unit fights each class, which is taken for its apparent class until it dies."""
    rows = (len(tables.units), len(tables.classes.labels))
    believed = tables.classes.apparent_class
    orders = np.zeros(rows, dtype=ra.ORDER)
    orders["doctrine"] = _by_class(tables.units.doctrine, rows)[:, believed]
    orders["reserve"] = _by_class(tables.units.reserve_rounds, rows)[:, believed]
    orders["nominal"] = tables.kill_probability[tables.units.kind_index][:, believed]
    return orders


def _by_class(column: Any, rows: tuple[int, int]) -> NDArray[np.int64]:
    array = np.asarray(column, dtype=np.int64)
    array = array[:, np.newaxis] if array.ndim == 1 else array
    return np.array(np.broadcast_to(array, rows))


def _salvo_table(tables: RaidTables) -> NDArray[np.int64]:
    salvos = [parse_doctrine(name) for name in tables.rules.doctrines]
    table = np.zeros((len(salvos), max(len(one) for one in salvos)), dtype=np.int64)
    for row, one in enumerate(salvos):
        table[row, : len(one)] = one
    return table


def _slices(threat: Any, threats: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of each threat in a column sorted by threat."""
    rows = np.arange(threats)
    return np.searchsorted(threat, rows, side="left"), np.searchsorted(threat, rows, side="right")


def _look_records(tables: RaidTables, spare: NDArray[np.bool_]) -> tuple[Records, Any, Any]:
    windows = tables.sensor_windows
    n = windows.threat.shape[0]
    threat = windows.threat.astype(np.int64)
    sensor = windows.sensor.astype(np.int64)
    # A sensor's windows stay together, and sensors come in the order in which the threat first meets them:
    # the kernel stops scanning sensors that cannot bring any track forward.
    pair = threat * (len(tables.sensors) + 1) + sensor
    _, inverse = np.unique(pair, return_inverse=True)
    first = np.full(int(inverse.max(initial=-1)) + 1, np.inf)
    np.minimum.at(first, inverse, windows.entry_s)
    order = np.lexsort((windows.entry_s, sensor, first[inverse], threat))
    looks = np.zeros(n, dtype=ra.LOOK)
    for name, column in (
        ("entry", windows.entry_s),
        ("exit", windows.exit_s),
        ("pd", windows.pd_fraction),
        ("until", useful_until(tables, threat, sensor, spare)),
        ("sensor", sensor),
    ):
        looks[name] = column[order]
    return looks, *_slices(threat[order], len(tables.threats))


def _sensor_records(tables: RaidTables) -> tuple[Records, Records]:
    table, pictures = tables.sensors, tables.pictures
    pairs = np.unique(np.stack([pictures.member_sensor, pictures.member_picture], axis=1), axis=0)
    lo, hi = _slices(pairs[:, 0], len(table))
    sensors = np.zeros(len(table), dtype=ra.SENSOR)
    for name, column in (
        ("key", table.key),
        ("ready_key", table.ready_key),
        ("link_key", table.link_key),
        ("availability", table.availability_fraction),
        ("link", table.link_fraction),
        ("period", table.scan_period_s),
        ("bad_night", table.bad_night_pd_fraction),
        ("m", table.confirm_m),
        ("n", table.confirm_n),
        ("member_lo", lo),
        ("member_hi", hi),
    ):
        sensors[name] = column
    return sensors, np.ascontiguousarray(pairs[:, 1], dtype=np.int64)


def _picture_records(tables: RaidTables, spare: NDArray[np.bool_]) -> Records:
    table = tables.pictures
    pictures = np.zeros(len(table), dtype=ra.PICTURE)
    codes = dict(zip(FUSIONS, (ra.FUSE_TRACKS, ra.FUSE_PLOTS, ra.FUSE_GIVEN), strict=True))
    for name, column in (
        ("key", table.key),
        ("identify", table.identify_s),
        ("decide", table.decide_s),
        ("identify_spread", table.identify_spread),
        ("decide_spread", table.decide_spread),
        ("plot_window", table.plot_window_s),
        ("plot_m", table.plot_m),
        ("fusion", [codes[name] for name in table.fusion]),
        ("shared", table.shared),
        ("warns", table.warns),
        ("orders", ordering_pictures(tables)),
        ("spare", spare),
    ):
        pictures[name] = column
    return pictures


def _soft_records(tables: RaidTables) -> tuple[Records, Any, Any]:
    windows = tables.soft_windows
    threat = windows.threat.astype(np.int64)
    jammer = windows.jammer.astype(np.int64)
    order = np.lexsort((windows.entry_s, jammer, threat))
    softs = np.zeros(threat.size, dtype=ra.SOFT)
    for name, column in (
        ("entry", windows.entry_s),
        ("exit", windows.exit_s),
        ("hazard", windows.hazard_per_s),
        ("jammer", jammer),
    ):
        softs[name] = column[order]
    same = (np.diff(threat[order], prepend=-1) == 0) & (np.diff(jammer[order], prepend=-1) == 0)
    starts = np.flatnonzero(~same)
    softs["ordinal"] = np.arange(threat.size) - np.repeat(starts, np.diff(np.append(starts, threat.size)))
    return softs, *_slices(threat[order], len(tables.threats))


def _jammer_records(tables: RaidTables) -> Records:
    jammers = np.zeros(len(tables.jammers), dtype=ra.JAMMER)
    jammers["key"] = tables.jammers.key
    jammers["ready_key"] = tables.jammers.ready_key
    jammers["availability"] = tables.jammers.availability_fraction
    return jammers


def _unit_records(tables: RaidTables) -> Records:
    table = tables.units
    units = np.zeros(len(table), dtype=ra.UNIT)
    for name, column in (
        ("ready_key", table.ready_key),
        ("link_key", table.link_key),
        ("availability", table.availability_fraction),
        ("link", table.link_fraction),
        ("reload", table.reload_s),
        ("reaction", table.reaction_s),
        ("assess", table.assess_s),
        ("turnaround", table.turnaround_s),
        ("kind", table.kind_index),
        ("channels", table.channels),
        ("magazine", table.ready_rounds),
        ("stock", table.store_rounds),
        ("picture", table.picture),
        ("fallback", table.fallback_picture),
        ("must_see", table.must_see_picture),
    ):
        units[name] = column
    return units


def _fire_records(tables: RaidTables) -> tuple[Records, Records]:
    windows, units = tables.fire_windows, tables.units
    threat = windows.threat.astype(np.int64)
    unit = windows.unit.astype(np.int64)
    closest = np.where(np.isfinite(windows.closest_s), windows.closest_s, windows.exit_s)
    middle = np.where(np.isfinite(windows.closest_s), windows.flyout_closest_s, windows.flyout_exit_s)
    # No round meets a threat after it has arrived.
    flight = tables.threats.flight_s[threat]
    fires = np.zeros(threat.size, dtype=ra.FIRE)
    for name, column in (
        ("entry", windows.entry_s),
        ("exit", windows.exit_s),
        ("closest", closest),
        ("fly_entry", windows.flyout_entry_s),
        ("fly_closest", middle),
        ("fly_exit", windows.flyout_exit_s),
        ("unit", unit),
        ("threat", threat),
    ):
        fires[name] = column
    late = fires["exit"] > flight
    fires = np.where(late, _cut(fires, flight), fires) if late.any() else fires
    _, group = np.unique(units.group, return_inverse=True)
    groups = group[unit]
    # On nights without its link a unit with a fallback fights alone: a second copy of its windows, in a group
    # of its own, used only then.
    alone = (units.link_fraction[unit] < 1.0) & (units.fallback_picture[unit] >= 0)
    copies = fires[alone].copy()
    copies["fallback"] = 1
    fires = np.concatenate([fires, copies])
    groups = np.concatenate([groups, len(units) + unit[alone]])
    order = np.lexsort((fires["unit"], fires["entry"], groups, fires["threat"]))
    fires, groups = fires[order], groups[order]
    new = (np.diff(fires["threat"], prepend=-1) != 0) | (np.diff(groups, prepend=-1) != 0)
    starts = np.flatnonzero(new)
    fires["case"] = np.cumsum(new) - 1
    cases = np.zeros(starts.size, dtype=ra.CASE)
    cases["threat"] = fires["threat"][starts]
    cases["lo"] = starts
    cases["hi"] = np.append(starts[1:], fires.size)
    return fires, cases


def _cut(fires: Records, flight: Any) -> Records:
    """Windows that end with the flight, their fly-out times read off at the new end."""
    cut = fires.copy()
    end = np.maximum(np.minimum(fires["exit"], flight), fires["entry"])
    before = end <= fires["closest"]
    rise = np.where(
        before,
        _share(end, fires["entry"], fires["closest"]) * (fires["fly_closest"] - fires["fly_entry"])
        + fires["fly_entry"],
        _share(end, fires["closest"], fires["exit"]) * (fires["fly_exit"] - fires["fly_closest"])
        + fires["fly_closest"],
    )
    cut["exit"] = np.minimum(fires["exit"], flight)
    cut["fly_exit"] = rise
    cut["closest"] = np.where(before, end, fires["closest"])
    cut["fly_closest"] = np.where(before, rise, fires["fly_closest"])
    return cut


def _share(value: Any, start: Any, stop: Any) -> Any:
    length = stop - start
    return np.where(length > 0.0, (value - start) / np.where(length > 0.0, length, 1.0), 1.0)


def fight_buffers(tables: RaidTables, made: Prepared, seed: int, bins: int, bin_s: float, log: int) -> Fight:
    """Buffers of one thread for the fight, on copies of the records; `log` is the room for events, 0 for
    none."""
    clock = np.zeros(1, dtype=ra.CLOCK)
    clock["seed"] = seed
    clock["rule"] = ASSIGNMENTS.index(tables.rules.assignment)
    clock["queue"] = QUEUES.index(tables.rules.queue)
    clock["time_law"] = LAWS.index(tables.rules.engagement_law)
    clock["time_spread"] = tables.rules.engagement_spread
    clock["bin_s"] = bin_s
    clock["tick_s"] = tables.rules.horizon_s
    return Fight(
        threats=made.threats.copy(),
        cases=made.cases.copy(),
        fires=made.fires.copy(),
        units=made.units.copy(),
        orders=made.orders.copy(),
        salvos=made.salvos,
        bins=np.zeros((2, made.units.size, bins)),
        heap=np.zeros(made.events_room, dtype=ra.QUEUED),
        pairs=np.zeros(made.fires.size, dtype=ra.QUEUED),
        log=np.zeros(log, dtype=ra.EVENT),
        clock=clock,
    )


def detection_buffers(made: Prepared, threats: Records) -> Detection:
    """Buffers of one thread for the detection of the threats of its fight."""
    shape = (made.threats.size, made.pictures.size)
    return Detection(
        threats=threats,
        looks=made.looks,
        sensors=made.sensors.copy(),
        members=made.members,
        pictures=made.pictures,
        plots=np.zeros(made.plot_room),
        track=np.zeros(shape),
        ready=np.zeros(shape),
    )


def hazard_buffers(tables: RaidTables, made: Prepared, nights: tuple[Any, Any, Any]) -> Hazards:
    """Buffers of one thread for the other hazards; `nights` has one row for each trial."""
    kill, soft, lost = nights
    return Hazards(
        softs=made.softs,
        jammers=made.jammers.copy(),
        ignored=tables.classes.ignored_fraction,
        night_kill=kill,
        night_soft=soft,
        night_lost=lost,
        bad_night=float(tables.night.bad_night_fraction),
    )
