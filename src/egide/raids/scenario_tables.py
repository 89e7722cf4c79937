"""From a scenario, its coverage and a laydown to the simulator's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from egide.coverage.reach import Placed
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.catalogue_types import EffectorKind, ThreatClass, ThreatType
from egide.model.raid import Raid, RaidGroup
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.routes import Track, fires_of, looks_of, placed_of, tracks_of
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

DRONES = frozenset({ThreatClass.ONE_WAY_DRONE, ThreatClass.DECOY_DRONE, ThreatClass.RECONNAISSANCE_DRONE,
                    ThreatClass.SMALL_DRONE})  # fmt: skip
"""Classes that reserve levels are kept back from."""

WORTH = {ThreatClass.CRUISE_MISSILE: 5.0, ThreatClass.BALLISTIC_MISSILE: 8.0,
         ThreatClass.AEROBALLISTIC_MISSILE: 8.0, ThreatClass.GUIDED_BOMB: 3.0}  # fmt: skip
"""Worth of stopping a class relative to a drone [1]; assumed: orders waiting lines, nothing else."""

TURNAROUND_S = {"fighter": 900.0, "interceptor_drone": 120.0}
"""Time until an airborne effector's channel is free again after an engagement [s]; assumed."""

FIGHTER_SPEED_MPS = 250.0
"""Speed at which a fighter moves to an intercept [m/s]; assumed: high subsonic."""

SOFT_SHAPE = 4.0
"""Shape of the night effect on jamming [1]; assumed: nights differ by half of the mean."""


@dataclass(frozen=True)
class Built:
    """Tables, and what their rows stand for."""

    tables: RaidTables
    groups: tuple[RaidGroup, ...]
    threat_types: tuple[ThreatType, ...]
    """Type of each class of the tables."""
    fire_units: tuple[Placed, ...]
    """Unit of each row of the fire units."""
    sensors: tuple[Placed, ...]
    tracks: tuple[Track, ...]
    track_of_threat: tuple[int, ...]


def build_tables(scenario: Scenario, coverage: Coverage, laydown: Laydown, raid: Raid, seed: int) -> Built:
    """Write one raid against one laydown as tables.

    Raises
    ------
    InputError
        When the raid has no group, or a threat type flies at no speed.
    """
    groups = scenario.groups_of(raid.id)
    if not groups:
        raise InputError.one("raid_groups.csv", "raid", raid.id, "has no group; add one")
    placed = placed_of(scenario, laydown)
    types = tuple(scenario.catalogue.threat(t) for t in dict.fromkeys(g.threat for g in groups))
    tracks = tracks_of(scenario, coverage, groups, seed)
    sensors = [n for n, unit in enumerate(placed) if unit.sensor is not None]
    jammers = [n for n, unit in enumerate(placed) if _jams(unit)]
    shooters = [n for n, unit in enumerate(placed) if unit.effector is not None and not _jams(unit)]
    threats, track_of_threat = _threats(groups, types, tracks)
    windows = _Windows(scenario, coverage, placed, groups, tracks)
    pictures, own, shared = _pictures(scenario, placed, sensors)
    kinds = tuple(dict.fromkeys(_class_of(placed[n]) for n in shooters)) or ("none",)
    targets = tuple(dict.fromkeys(group.target for group in groups))
    tables = RaidTables(
        threats=threats,
        classes=_classes(scenario, types),
        units=_fire_units(placed, shooters, kinds, types, own, shared),
        fire_windows=windows.fire(track_of_threat, shooters),
        kill_probability=_kill(scenario, kinds, types),
        pictures=pictures,
        sensors=_sensors(scenario, placed, sensors),
        sensor_windows=windows.sensor(track_of_threat, sensors),
        jammers=_jammers(placed, jammers),
        soft_windows=windows.soft(track_of_threat, jammers),
        night=NightEffect(
            kill_concentration=scenario.command.night_concentration,
            lost_concentration=scenario.command.night_concentration,
            soft_shape=SOFT_SHAPE,
            bad_night_fraction=scenario.command.common_cause_fraction,
        ),
        rules=Rules(doctrines=(scenario.command.doctrine,)),
        target_labels=targets,
        unit_labels=tuple(placed[n].unit.id for n in shooters),
        sensor_labels=tuple(placed[n].unit.id for n in sensors),
    )
    return Built(
        tables, groups, types, tuple(placed[n] for n in shooters), tuple(placed[n] for n in sensors),
        tuple(tracks), tuple(track_of_threat),
    )  # fmt: skip


def _jams(unit: Placed) -> bool:
    return unit.effector is not None and unit.effector.kind is EffectorKind.JAMMER


def _class_of(unit: Placed) -> str:
    assert unit.effector is not None
    return unit.effector.effector_class


def _availability(unit: Placed, figure: float) -> float:
    stated = unit.unit.availability_fraction
    return figure if stated is None else stated


def _threats(
    groups: tuple[RaidGroup, ...], types: tuple[ThreatType, ...], tracks: list[Track]
) -> tuple[Threats, list[int]]:
    """One row a threat; its key is its place in its group, so that groups do not move each other's draws."""
    number_of = {threat.id: number for number, threat in enumerate(types)}
    targets = list(dict.fromkeys(group.target for group in groups))
    columns: dict[str, list[float]] = {
        name: [] for name in ("cls", "target", "launch", "spread", "flight", "value")
    }
    track_of_threat, keys = [], []
    for number, group in enumerate(groups):
        routes = [n for n, track in enumerate(tracks) if track.group == number]
        wave_s = group.spread_s / group.waves
        worth = WORTH.get(types[number_of[group.threat]].threat_class, 1.0)
        for k in range(group.count):
            route = routes[k % len(routes)]
            track_of_threat.append(route)
            keys.append(number * 10_000 + k)
            columns["cls"].append(number_of[group.threat])
            columns["target"].append(targets.index(group.target))
            columns["launch"].append(group.start_s + (k * group.waves // group.count) * wave_s)
            columns["spread"].append(wave_s)
            columns["flight"].append(tracks[route].flight_s)
            columns["value"].append(worth)
    threats = Threats(
        class_index=columns["cls"], target_index=columns["target"], launch_s=columns["launch"],
        launch_spread_s=columns["spread"], flight_s=columns["flight"], value=columns["value"], key=keys,
    )  # fmt: skip
    return threats, track_of_threat


def _classes(scenario: Scenario, types: tuple[ThreatType, ...]) -> Classes:
    command = scenario.command
    decoys = [threat.threat_class is ThreatClass.DECOY_DRONE for threat in types]
    drones = [n for n, threat in enumerate(types) if threat.threat_class is ThreatClass.ONE_WAY_DRONE]
    return Classes(
        labels=[threat.id for threat in types],
        ignored_fraction=[
            command.decoy_recognised_fraction if decoy else command.threat_mistaken_fraction
            for decoy in decoys
        ],
        lost_fraction=[threat.lost_fraction.value for threat in types],
        apparent_class=[drones[0] if decoy and drones else n for n, decoy in enumerate(decoys)],
        decoy=[int(decoy) for decoy in decoys],
    )


def _sensors(scenario: Scenario, placed: list[Placed], numbers: list[int]) -> Sensors:
    types = [placed[n].sensor for n in numbers]
    return Sensors(
        scan_period_s=[t.scan_period_s.value for t in types if t is not None],
        bad_night_pd_fraction=scenario.command.bad_night_pd_fraction,
        availability_fraction=[
            _availability(placed[n], t.availability_fraction.value)
            for n, t in zip(numbers, types, strict=True)
            if t is not None
        ],
        ready_key=[_key(placed[n]) for n in numbers],
        link_fraction=[1.0 if placed[n].unit.linked else 0.0 for n in numbers],
        key=[_key(placed[n]) for n in numbers],
    )


def _key(unit: Placed) -> int:
    """Address of a unit's draws: by its name, so that it keeps its luck under another laydown."""
    value = 0
    for letter in unit.unit.id.encode():
        value = (value * 131 + letter) % 65_521
    return value


def _pictures(
    scenario: Scenario, placed: list[Placed], sensors: list[int]
) -> tuple[Pictures, dict[int, int], dict[int, int]]:
    """Air pictures: one of its own for every unit with a sensor, and the shared ones of the integration level.

    Returns
    -------
    pictures, own, shared
        `own` and `shared` give the picture of a unit's number.
    """
    own = {unit: number for number, unit in enumerate(sensors)}
    members = [(number, own[unit]) for unit, number in own.items()]
    nets: dict[str, int] = {}
    shared: dict[int, int] = {}
    if scenario.command.integration != "own":
        for number, unit in enumerate(placed):
            net = unit.unit.net if scenario.command.integration == "local" else "theatre"
            shared[number] = nets.setdefault(net, len(own) + len(nets))
        members += [(shared[unit], sensor) for sensor, unit in enumerate(sensors)]
    count = len(own) + len(nets)
    command = scenario.command
    pictures = Pictures(
        identify_s=np.full(count, command.identify_s),
        decide_s=command.decide_s,
        identify_spread=command.delay_spread_fraction,
        decide_spread=command.delay_spread_fraction,
        shared=np.array([0] * len(own) + [1] * len(nets)),
        member_picture=np.array([picture for picture, _ in members], dtype=np.int64),
        member_sensor=np.array([sensor for _, sensor in members], dtype=np.int64),
    )
    return pictures, own, shared


def _fire_units(
    placed: list[Placed],
    numbers: list[int],
    kinds: tuple[str, ...],
    types: tuple[ThreatType, ...],
    own: dict[int, int],
    shared: dict[int, int],
) -> FireUnits:
    rows: dict[str, list[Any]] = {}

    def put(**values: Any) -> None:
        for name, value in values.items():
            rows.setdefault(name, []).append(value)

    for n in numbers:
        unit, effector = placed[n].unit, placed[n].effector
        assert effector is not None
        has_own, linked = own.get(n, -1), unit.linked and n in shared
        put(
            kind_index=kinds.index(effector.effector_class),
            channels=effector.channels.count,
            ready_rounds=unit.ready_rounds if unit.ready_rounds is not None else effector.ready_rounds.count,
            store_rounds=unit.rounds_in_store,
            reload_s=effector.reload_s.value,
            reaction_s=effector.reaction_s.value,
            assess_s=effector.assess_s.value,
            turnaround_s=TURNAROUND_S.get(effector.effector_class, 0.0),
            picture=shared[n] if linked else has_own,
            fallback_picture=has_own if linked else -1,
            must_see_picture=has_own if effector.sensor is not None else -1,
            availability_fraction=_availability(placed[n], effector.availability_fraction.value),
            ready_key=100_000 + _key(placed[n]),
            reserve_rounds=[unit.reserve_rounds if t.threat_class in DRONES else 0 for t in types],
        )
    if not numbers:
        return FireUnits(kind_index=np.zeros(0, dtype=np.int64))
    return FireUnits(**rows)


def _kill(scenario: Scenario, kinds: tuple[str, ...], types: tuple[ThreatType, ...]) -> np.ndarray:
    """Kill probability by class of effector and class of threat; 0 where the catalogue pairs them not."""
    known = {
        (entry.effector_class, entry.threat_class): entry.pk_fraction.value
        for entry in scenario.catalogue.kill_probabilities
    }
    return np.array([[known.get((kind, threat.threat_class), 0.0) for threat in types] for kind in kinds])


def _jammers(placed: list[Placed], numbers: list[int]) -> Jammers:
    shares = []
    for n in numbers:
        effector = placed[n].effector
        assert effector is not None
        shares.append(_availability(placed[n], effector.availability_fraction.value))
    keys = [200_000 + _key(placed[n]) for n in numbers]
    return Jammers(availability_fraction=shares, ready_key=keys, key=[_key(placed[n]) for n in numbers])


class _Windows:
    """Windows of every track, copied to every threat that flies it."""

    def __init__(
        self,
        scenario: Scenario,
        coverage: Coverage,
        placed: list[Placed],
        groups: tuple[RaidGroup, ...],
        tracks: list[Track],
    ) -> None:
        self.placed = placed
        self.threats = [scenario.catalogue.threat(groups[track.group].threat) for track in tracks]
        self.looks = [
            looks_of(coverage, placed, threat, track)
            for threat, track in zip(self.threats, tracks, strict=True)
        ]
        self.fires = [
            fires_of(scenario, coverage, placed, threat, track)
            for threat, track in zip(self.threats, tracks, strict=True)
        ]

    def sensor(self, track_of_threat: list[int], sensors: list[int]) -> SensorWindows:
        """Rows of the sensors' windows."""
        row = {unit: number for number, unit in enumerate(sensors)}
        found = [
            (threat, row[look.unit], look.entry_s, look.exit_s, look.pd)
            for threat, track in enumerate(track_of_threat)
            for look in self.looks[track]
        ]
        columns = np.array(found, dtype=np.float64).reshape(-1, 5).T
        return SensorWindows(
            threat=columns[0],
            sensor=columns[1],
            entry_s=columns[2],
            exit_s=columns[3],
            pd_fraction=columns[4],
        )

    def fire(self, track_of_threat: list[int], shooters: list[int]) -> FireWindows:
        """Rows of the effectors' windows, with fly-out times."""
        row = {unit: number for number, unit in enumerate(shooters)}
        slower = {unit: self._slowdown(unit) for unit in shooters}
        found = [
            (threat, row[w.unit], w.entry_s, w.exit_s, slower[w.unit] * w.fly_entry_s,
             slower[w.unit] * w.fly_exit_s, w.closest_s, slower[w.unit] * w.fly_closest_s)
            for threat, track in enumerate(track_of_threat)
            for w in self.fires[track]
            if w.unit in row
        ]  # fmt: skip
        columns = np.array(found, dtype=np.float64).reshape(-1, 8).T
        return FireWindows(
            threat=columns[0], unit=columns[1], entry_s=columns[2], exit_s=columns[3],
            flyout_entry_s=columns[4], flyout_exit_s=columns[5], closest_s=columns[6],
            flyout_closest_s=columns[7],
        )  # fmt: skip

    def _slowdown(self, unit: int) -> float:
        """How much longer than its round a fighter takes, since the aircraft itself must come near."""
        effector = self.placed[unit].effector
        assert effector is not None
        return 700.0 / FIGHTER_SPEED_MPS if effector.effector_class == "fighter" else 1.0

    def soft(self, track_of_threat: list[int], jammers: list[int]) -> SoftWindows:
        """Rows of the jammers' windows."""
        row = {unit: number for number, unit in enumerate(jammers)}
        found = []
        for threat, track in enumerate(track_of_threat):
            for w in self.fires[track]:
                if w.unit in row:
                    effector = self.placed[w.unit].effector
                    assert effector is not None
                    assert effector.soft_kill_per_s is not None
                    found.append((threat, row[w.unit], w.entry_s, w.exit_s, effector.soft_kill_per_s.value))
        columns = np.array(found, dtype=np.float64).reshape(-1, 5).T
        return SoftWindows(
            threat=columns[0],
            jammer=columns[1],
            entry_s=columns[2],
            exit_s=columns[3],
            hazard_per_s=columns[4],
        )
