"""The raid simulator once more, in SimPy: one process for each case, one object for each unit.

The oracle of the raid kernels and their peer in the benchmark. It reads the same tables and shares no line
with the kernels. `draw(trial, stream, index)` gives a uniform number: the addressed one makes every trial
equal the kernel's, any other generator makes them equal in distribution. The numbers of streams are spelt out
again, because an address is part of what a seed means.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import simpy

from egide.raids.doctrine import parse_doctrine
from egide.raids.nights import night_draws
from egide.raids.tables import RaidTables

Draw = Callable[[int, int, int], float]
Rows = dict[str, dict[int, list[int]]]

SPAWN, READY, LINK, BAD_NIGHT, PHASE, SCAN, IDENTITY, IDENTIFY, DECIDE = range(101, 110)
SOFT, LOST, LOST_TIME, KILL, TIME = range(110, 115)
STAGES = {
    "hard kill": 0, "soft kill": 1, "lost": 2, "not seen": 3, "no track": 4, "wrong identity": 5,
    "out of reach": 6, "too late": 7, "no channel": 8, "no round": 9, "missed": 10,
}  # fmt: skip


@dataclass
class Trial:
    """What one trial gave."""

    code: list[int]
    warning_s: list[float]
    shots: list[int]
    spent: list[dict[int, int]]
    """By unit, rounds fired at each class"""
    kills: list[int]


@dataclass
class Flight:
    """One threat under way."""

    row: int
    key: int
    launch: float
    end: float
    ended_by: str
    kill: float = math.inf
    killer: int = -1
    shots: int = 0
    notes: set[str] = field(default_factory=set)

    def alive(self, t: float) -> bool:
        return t < self.end and t < self.kill


def interpolate(t: float, a: float, b: float, c: float, values: tuple[float, float, float]) -> float:
    """Linear from a to b and from b to c, constant outside."""
    if t <= a and a < b:
        return values[0]
    if t < b:
        return values[0] + (t - a) / (b - a) * (values[1] - values[0])
    if t < c:
        return values[1] + (t - b) / (c - b) * (values[2] - values[1])
    return values[2]


@dataclass
class Window:
    """One threat in one unit's reach, in seconds of the raid."""

    unit: int
    flight: Flight
    entry: float
    closest: float
    leave: float
    fly: tuple[float, float, float]
    opens: float = math.inf
    looks: int = 0
    rank: tuple[int, tuple[int, int], float, int] = (0, (0, 0), 0.0, 0)
    case: Case | None = None

    def flyout(self, t: float) -> float:
        return interpolate(t, self.entry, self.closest, self.leave, self.fly)

    def in_time(self, t: float, reaction: float) -> bool:
        return t + reaction + self.flyout(t) <= self.leave


@dataclass
class Case:
    """One threat in the eyes of units that coordinate: its windows, and who it waits for."""

    flight: Flight
    windows: list[Window]
    engaged: bool = False
    done: float = 0.0
    unit: int = -1
    called: simpy.Event | None = None


@dataclass
class Unit:
    """One fire unit."""

    row: int
    free: int
    rounds: int
    store: int
    reloading: bool = False
    line: list[Window] = field(default_factory=list)
    shots: int = 0
    kills: int = 0
    spent: dict[int, int] = field(default_factory=dict)


def plain(tables: RaidTables) -> Any:
    """The tables as lists: plain Python reads them several times faster than it reads arrays."""
    copy = SimpleNamespace()
    for part in fields(tables):
        value = getattr(tables, part.name)
        if is_dataclass(value):
            columns = {column.name: getattr(value, column.name) for column in fields(value)}
            value = SimpleNamespace(
                **{name: c.tolist() if isinstance(c, np.ndarray) else c for name, c in columns.items()}
            )
        setattr(copy, part.name, value)
    copy.kill_probability = tables.kill_probability.tolist()
    copy.pictures_of = defaultdict(list)
    for p, s in {*zip(copy.pictures.member_picture, copy.pictures.member_sensor, strict=True)}:
        copy.pictures_of[s].append(p)
    return copy


def lookup_tables(tables: RaidTables) -> Rows:
    """Rows of each threat in the three tables of windows."""
    rows: Rows = {}
    for name in ("sensor_windows", "fire_windows", "soft_windows"):
        by_threat = defaultdict(list)
        for row, j in enumerate(getattr(tables, name).threat):
            by_threat[int(j)].append(row)
        rows[name] = by_threat
    return rows


def normal(draw: Draw, trial: int, stream: int, index: int) -> float:
    u, v = draw(trial, stream, 2 * index), draw(trial, stream, 2 * index + 1)
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


def delay(draw: Draw, trial: int, stream: int, index: int, median: float, spread: float) -> float:
    if median == 0.0 or spread == 0.0:
        return median
    return median * math.exp(spread * normal(draw, trial, stream, index))


class Night:
    """One trial: who is ready, what flies, who sees it, and the fight."""

    def __init__(self, tables: Any, trial: int, draw: Draw, rows: Rows, night: Any) -> None:
        self.tables, self.trial, self.draw, self.rows = tables, trial, draw, rows
        self.kill, self.soft, self.lost = (part.tolist() for part in night)
        self.salvos = [parse_doctrine(name) for name in tables.rules.doctrines]
        bad = tables.night.bad_night_fraction
        self.bad = bad > 0 and draw(trial, BAD_NIGHT, 0) < bad
        self.env = simpy.Environment()
        units = tables.units
        self.units = [
            Unit(u, int(units.channels[u]), int(units.ready_rounds[u]), int(units.store_rounds[u]))
            for u in range(len(units.kind_index))
        ]
        self.ticking = False
        self.up: dict[tuple[int, int], float] = {}

    def works(self, stream: int, key: int, share: float) -> bool:
        """Whether something works tonight; drawn once a night for everything that shares the key."""
        if (stream, key) not in self.up:
            self.up[stream, key] = self.draw(self.trial, stream, key)
        return self.up[stream, key] < share

    # --- flights -------------------------------------------------------------------------------------------

    def fly(self, j: int) -> Flight:
        threats, trial, draw = self.tables.threats, self.trial, self.draw
        key, c = int(threats.key[j]), int(threats.class_index[j])
        launch = float(threats.launch_s[j])
        if threats.launch_spread_s[j] > 0:
            launch += threats.launch_spread_s[j] * draw(trial, SPAWN, key)
        ends = [(float(threats.flight_s[j]), 2, "arrival")]
        if self.lost[c] > 0 and draw(trial, LOST, key) < self.lost[c]:
            ends.append((threats.flight_s[j] * draw(trial, LOST_TIME, key), 1, "lost"))
        soft, jammers = self.tables.soft_windows, self.tables.jammers
        ordinal: dict[int, int] = defaultdict(int)
        for row in sorted(self.rows["soft_windows"][j], key=lambda r: (soft.jammer[r], soft.entry_s[r])):
            k = int(soft.jammer[row])
            address = (((key << 16) | int(jammers.key[k])) << 8) | ordinal[k]
            ordinal[k] += 1
            hazard = soft.hazard_per_s[row] * self.soft[c]
            if hazard <= 0 or not self.works(READY, jammers.ready_key[k], jammers.availability_fraction[k]):
                continue
            t = soft.entry_s[row] - math.log(draw(trial, SOFT, address)) / hazard
            if t < soft.exit_s[row]:
                ends.append((t, 0, "soft kill"))
        end, _, by = min(ends)
        return Flight(j, key, launch, launch + end, by)

    # --- detection -----------------------------------------------------------------------------------------

    def detections(self, flight: Flight, s: int, rows: list[int]) -> list[tuple[int, float]]:
        """Scan number and time since launch of every detection of one sensor before the flight ends."""
        table, sensors = self.tables.sensor_windows, self.tables.sensors
        period = float(sensors.scan_period_s[s])
        rows = sorted(rows, key=lambda r: table.entry_s[r])
        address = (flight.key << 16) | int(sensors.key[s])
        start = table.entry_s[rows[0]] + period * self.draw(self.trial, PHASE, address)
        scale = sensors.bad_night_pd_fraction[s] if self.bad else 1.0
        found = []
        scan = 0
        for row in rows:
            if table.entry_s[row] > start + scan * period:
                scan = max(scan, math.ceil((table.entry_s[row] - start) / period))
            t = start + scan * period
            while t < table.exit_s[row] and t < flight.end - flight.launch:
                if self.draw(self.trial, SCAN, (address << 20) | scan) < table.pd_fraction[row] * scale:
                    found.append((scan, t))
                scan += 1
                t = start + scan * period
        return found

    def pictures(self, flight: Flight) -> tuple[dict[int, float], dict[int, float]]:
        """Track times and order times of each picture, in seconds of the raid."""
        tables, sensors, pictures = self.tables, self.tables.sensors, self.tables.pictures
        by_sensor = defaultdict(list)
        for row in self.rows["sensor_windows"][flight.row]:
            by_sensor[int(tables.sensor_windows.sensor[row])].append(row)
        tracks: dict[int, float] = {}
        plots = defaultdict(list)
        for s, rows in by_sensor.items():
            mine = tables.pictures_of[s]
            up = self.works(READY, sensors.ready_key[s], sensors.availability_fraction[s])
            linked = self.works(LINK, sensors.link_key[s], sensors.link_fraction[s])
            mine = [p for p in mine if linked or not pictures.shared[p]]
            if not up or not mine:
                continue
            found = self.detections(flight, s, rows)
            if found:
                flight.notes.add("seen")
            m, n = int(sensors.confirm_m[s]), int(sensors.confirm_n[s])
            for p in mine:
                plots[p] += [t for _, t in found]
            for last in range(m - 1, len(found)):
                if found[last][0] - found[last - m + 1][0] < n:
                    for p in mine:
                        if pictures.fusion[p] == "tracks":
                            tracks[p] = min(tracks.get(p, math.inf), found[last][1])
                    break
        orders = {}
        for p in range(len(pictures.identify_s)):
            if pictures.fusion[p] == "given":
                tracks[p] = 0.0
            if pictures.fusion[p] == "plots":
                times, m = sorted(plots[p]), int(pictures.plot_m[p])
                for last in range(m - 1, len(times)):
                    if times[last] - times[last - m + 1] <= pictures.plot_window_s[p]:
                        tracks[p] = times[last]
                        break
            if p in tracks:
                flight.notes |= {"seen", "track"}
                if self.fights_from(p):
                    orders[p] = self.order(flight, p, tracks[p])
        if not orders:
            flight.notes.add("identified")
        return (
            {p: flight.launch + t for p, t in tracks.items()},
            {p: flight.launch + t for p, t in orders.items() if t < math.inf},
        )

    def fights_from(self, p: int) -> bool:
        """Whether some unit fights from the picture, if only on nights without its link."""
        units = self.tables.units
        return any(
            units.picture[u] == p or (units.link_fraction[u] < 1 and units.fallback_picture[u] == p)
            for u in range(len(units.kind_index))
        )

    def order(self, flight: Flight, p: int, track: float) -> float:
        pictures, classes = self.tables.pictures, self.tables.classes
        index = (flight.key << 16) | int(pictures.key[p])
        ignored = classes.ignored_fraction[self.tables.threats.class_index[flight.row]]
        if ignored > 0 and self.draw(self.trial, IDENTITY, index) < ignored:
            return math.inf
        flight.notes.add("identified")
        identify = delay(
            self.draw, self.trial, IDENTIFY, index, pictures.identify_s[p], pictures.identify_spread[p]
        )
        decide = delay(
            self.draw, self.trial, DECIDE, index, pictures.decide_s[p], pictures.decide_spread[p]
        )  # fmt: skip
        return track + identify + decide

    # --- the fight -----------------------------------------------------------------------------------------

    def cases(self, flight: Flight, tracks: dict[int, float], orders: dict[int, float]) -> list[Case]:
        table, units = self.tables.fire_windows, self.tables.units
        by_group: dict[tuple[int, int], list[Window]] = defaultdict(list)
        for row in self.rows["fire_windows"][flight.row]:
            u = int(table.unit[row])
            if not self.works(READY, units.ready_key[u], units.availability_fraction[u]):
                continue
            linked = self.works(LINK, units.link_key[u], units.link_fraction[u])
            p = int(units.picture[u] if linked else units.fallback_picture[u])
            if p < 0 or p not in orders:
                continue
            flight.notes.add("reach")
            window = self.window(flight, row, u)
            window.opens = max(orders[p], window.entry)
            if units.must_see_picture[u] >= 0:
                window.opens = max(window.opens, tracks.get(int(units.must_see_picture[u]), math.inf))
            if window.opens < flight.end and window.in_time(window.opens, units.reaction_s[u]):
                group = (0, int(units.group[u])) if linked else (1, u)
                window.rank = (flight.row, group, window.entry, u)
                by_group[group].append(window)
        cases = []
        for _, windows in sorted(by_group.items(), key=lambda item: item[0]):
            case = Case(flight, sorted(windows, key=lambda w: (w.opens, w.entry, w.unit)))
            for window in windows:
                window.case = case
            cases.append(case)
        return cases

    def window(self, flight: Flight, row: int, u: int) -> Window:
        table = self.tables.fire_windows
        entry, leave = float(table.entry_s[row]), float(table.exit_s[row])
        fly0, fly2 = float(table.flyout_entry_s[row]), float(table.flyout_exit_s[row])
        closest, fly1 = float(table.closest_s[row]), float(table.flyout_closest_s[row])
        if math.isnan(closest):
            closest, fly1 = leave, fly2
        end = min(leave, float(self.tables.threats.flight_s[flight.row]))
        if end < leave:
            at_end = interpolate(end, entry, closest, leave, (fly0, fly1, fly2))
            if end <= closest:
                closest, fly1 = end, at_end
            leave, fly2 = end, at_end
        zero = flight.launch
        return Window(u, flight, zero + entry, zero + closest, zero + leave, (fly0, fly1, fly2))

    def salvo(self, window: Window) -> int:
        """Rounds of the next salvo; -1 when the doctrine is at its end."""
        units, unit = self.tables.units, self.units[window.unit]
        believed = self.believed(window)
        doctrine, reserve = (
            row if isinstance(row, int) else row[believed]
            for row in (units.doctrine[window.unit], units.reserve_rounds[window.unit])
        )
        salvos = self.salvos[doctrine]
        if window.looks >= len(salvos):
            return -1
        return max(0, min(salvos[window.looks], unit.rounds, unit.rounds + unit.store - reserve))

    def believed(self, window: Window) -> int:
        tables = self.tables
        return int(tables.classes.apparent_class[tables.threats.class_index[window.flight.row]])

    def nominal(self, window: Window) -> float:
        kind = self.tables.units.kind_index[window.unit]
        return float(self.tables.kill_probability[kind][self.believed(window)])

    def reaction(self, window: Window) -> float:
        return float(self.tables.units.reaction_s[window.unit])

    def wait_at(self, window: Window) -> None:
        line = self.units[window.unit].line
        if not any(one is window for one in line):
            line.append(window)

    def choose(self, case: Case) -> Window | None:
        """The best unit that can take the case now; otherwise it lines up where it may be served later."""
        t, rules = self.env.now, self.tables.rules
        able, notes = [], set()
        for window in case.windows:
            if window.opens > t or not window.in_time(t, self.reaction(window)) or self.salvo(window) < 0:
                continue
            unit = self.units[window.unit]
            if self.salvo(window) == 0:
                notes.add("empty")
                if unit.reloading:
                    self.wait_at(window)
            elif unit.free == 0 or rules.assignment == "horizon":
                notes.add("busy")
                self.wait_at(window)
            else:
                able.append(window)
        if able:
            if rules.assignment == "quickest":
                return min(able, key=lambda w: self.reaction(w) + w.flyout(t))
            if rules.assignment == "best":
                return max(able, key=self.nominal)
            return able[0]
        case.flight.notes |= notes
        if "busy" in notes and rules.assignment == "horizon":
            self.ask_tick()
        return None

    def live(self, case: Case) -> Iterator[simpy.Event]:
        """Life of a case: wait for an opening or a call, engage, look, and again."""
        env, flight = self.env, case.flight
        yield env.timeout(max(0.0, case.windows[0].opens - env.now))
        while case.engaged or flight.alive(env.now):
            if not case.engaged:
                flight.notes.add("open")
                self.try_to_engage(case)
            if case.engaged:
                yield env.timeout(case.done - env.now)
                self.release(case)
            else:
                case.called = env.event()
                later = [w.opens for w in case.windows if w.opens > env.now]
                opening = [env.timeout(later[0] - env.now)] if later else []
                yield env.any_of([case.called, *opening])
                case.called = None

    def try_to_engage(self, case: Case) -> None:
        window = self.choose(case)
        if window is not None:
            self.fire(case, window)

    def release(self, case: Case) -> None:
        """The outcome is known: the same threat first, then whoever waits for the channel."""
        unit = self.units[case.unit]
        case.engaged = False
        turnaround = float(self.tables.units.turnaround_s[unit.row])
        if turnaround > 0:
            self.env.process(self.come_home(unit, turnaround))
            return
        unit.free += 1
        if case.flight.alive(self.env.now):
            self.try_to_engage(case)
        self.serve(unit)

    def fire(self, case: Case, window: Window) -> None:
        """Fire the next salvo and draw whether it hits."""
        t, flight, unit, draw = self.env.now, window.flight, self.units[window.unit], self.draw
        units, rules = self.tables.units, self.tables.rules
        shots = self.salvo(window)
        factor = 1.0
        index = (flight.key << 16) | flight.shots
        if rules.engagement_law == "exponential":
            factor = -math.log(draw(self.trial, TIME, index))
        elif rules.engagement_law == "lognormal":
            spread = rules.engagement_spread
            factor = math.exp(spread * normal(draw, self.trial, TIME, index) - 0.5 * spread**2)
        meet = t + (self.reaction(window) + window.flyout(t)) * factor
        chance = self.kill[units.kind_index[unit.row]][self.tables.threats.class_index[flight.row]]
        hits = [draw(self.trial, KILL, index + k) < chance for k in range(shots)]
        if any(hits) and meet <= flight.end and meet < flight.kill:
            flight.kill, flight.killer = meet, unit.row
        flight.shots += shots
        flight.notes.add("shot")
        window.looks += 1
        case.engaged, case.unit = True, unit.row
        case.done = meet + float(units.assess_s[unit.row]) * factor
        unit.rounds -= shots
        unit.shots += shots
        kind = int(self.tables.threats.class_index[flight.row])
        unit.spent[kind] = unit.spent.get(kind, 0) + shots
        unit.free -= 1
        if unit.rounds == 0 and unit.store > 0 and not unit.reloading:
            unit.reloading = True
            self.env.process(self.reload(unit))

    def come_home(self, unit: Unit, turnaround: float) -> Iterator[simpy.Event]:
        yield self.env.timeout(turnaround)
        unit.free += 1
        self.serve(unit)

    def reload(self, unit: Unit) -> Iterator[simpy.Event]:
        yield self.env.timeout(float(self.tables.units.reload_s[unit.row]))
        loaded = min(int(self.tables.units.ready_rounds[unit.row]) - unit.rounds, unit.store)
        unit.rounds += loaded
        unit.store -= loaded
        unit.reloading = False
        self.serve(unit)

    def prune(self, unit: Unit) -> None:
        t = self.env.now
        unit.line = [
            w
            for w in unit.line
            if w.flight.alive(t) and not w.case.engaged and w.in_time(t, self.reaction(w))  # type: ignore[union-attr]
        ]

    def serve(self, unit: Unit) -> None:
        """Call whoever waits, most urgent or first come first."""
        if self.tables.rules.assignment == "horizon":
            if unit.line and unit.free > 0 and unit.rounds > 0:
                self.ask_tick()
            return
        while unit.free > 0 and unit.rounds > 0 and unit.line:
            self.prune(unit)
            able = [w for w in unit.line if self.salvo(w) > 0]
            if not able:
                return
            window = able[0]
            if self.tables.rules.queue == "urgent":
                window = min(able, key=lambda w: (-self.tables.threats.value[w.flight.row], w.leave))
            self.call(window)

    def call(self, window: Window) -> None:
        unit, case = self.units[window.unit], window.case
        unit.line = [w for w in unit.line if w is not window]
        assert case is not None
        self.fire(case, window)
        if case.called is not None and not case.called.triggered:
            case.called.succeed()

    def ask_tick(self) -> None:
        if not self.ticking:
            self.ticking = True
            step = self.tables.rules.horizon_s
            at = step * (math.floor(self.env.now / step) + 1.0)
            self.env.process(self.tick(at))

    def tick(self, at: float) -> Iterator[simpy.Event]:
        yield self.env.timeout(at - self.env.now)
        self.ticking = False
        pairs = []
        for unit in self.units:
            if unit.free > 0:
                self.prune(unit)
                pairs += unit.line
        value = self.tables.threats.value
        pairs.sort(key=lambda w: (-value[w.flight.row] * self.nominal(w), w.rank))
        for window in pairs:
            unit, case = self.units[window.unit], window.case
            if not case.engaged and unit.free > 0 and self.salvo(window) > 0:  # type: ignore[union-attr]
                self.call(window)

    # --- one trial -----------------------------------------------------------------------------------------

    def run(self) -> Trial:
        threats, pictures = self.tables.threats, self.tables.pictures
        flights, warnings = [], []
        for j in range(len(threats.key)):
            flight = self.fly(j)
            tracks, orders = self.pictures(flight)
            warned = [t for p, t in tracks.items() if pictures.warns[p]]
            arrival = flight.launch + float(threats.flight_s[j])
            warnings.append(arrival - min(warned) if warned else math.nan)
            for case in self.cases(flight, tracks, orders):
                self.env.process(self.live(case))
            flights.append(flight)
        self.env.run()
        for flight in flights:
            if flight.killer >= 0:
                self.units[flight.killer].kills += 1
        return Trial(
            [self.code(flight) for flight in flights],
            warnings,
            [unit.shots for unit in self.units],
            [unit.spent for unit in self.units],
            [unit.kills for unit in self.units],
        )

    def code(self, flight: Flight) -> int:
        if flight.killer >= 0:
            return STAGES["hard kill"]
        if flight.ended_by != "arrival":
            return STAGES[flight.ended_by]
        if "shot" in flight.notes:
            return STAGES["missed"]
        chain = (
            ("seen", "not seen"), ("track", "no track"), ("identified", "wrong identity"),
            ("reach", "out of reach"), ("open", "too late"),
        )  # fmt: skip
        for note, stage in chain:
            if note not in flight.notes:
                return STAGES[stage]
        if "busy" in flight.notes or "empty" not in flight.notes:
            return STAGES["no channel"]
        return STAGES["no round"]


def simulate(tables: RaidTables, seed: int, trials: range, draw: Draw) -> list[Trial]:
    """Run trials one after the other."""
    rows, lists = lookup_tables(tables), plain(tables)
    nights = zip(*night_draws(tables, seed, trials.start, len(trials)), strict=True)
    return [Night(lists, trial, draw, rows, night).run() for trial, night in zip(trials, nights, strict=True)]
