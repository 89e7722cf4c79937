"""The simulator's input as tables: threats, sensors, pictures, fire units, and the windows between them.

One row is one thing; a column is an array, a sequence, or one number for every row. Times of windows are
seconds since the launch of their threat. Everything is checked at once by `egide.raids.checks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

Column = Any
"""Numbers of a column: an array, a sequence, or one number for every row; an array after construction."""


def _settle(table: object, first: str, integers: frozenset[str]) -> None:
    """Make every column an array as long as the first one; what does not fit is left for the check to
    report."""
    rows = np.atleast_1d(np.asarray(getattr(table, first))).shape[0]
    for column in fields(table):  # type: ignore[arg-type]
        value = getattr(table, column.name)
        if value is None:
            value = np.arange(rows)
        array = np.asarray(value, dtype=np.float64)
        if array.ndim == 0:
            array = np.full(rows, float(array))
        if column.name in integers and np.all(np.isfinite(array)) and np.all(array == np.floor(array)):
            array = array.astype(np.int64)
        object.__setattr__(table, column.name, array)


@dataclass(frozen=True, kw_only=True, eq=False)
class Classes:
    """Classes of threat, in the order of their index."""

    labels: Sequence[str]
    ignored_fraction: Column = 0.0
    """Chance of being taken for harmless: decoys recognised, threats mistaken [1]"""
    lost_fraction: Column = 0.0
    """Chance of being lost on the way without anybody's doing [1]"""
    apparent_class: Column = None
    """Index of the class it is taken for when it is engaged; by default its own"""
    decoy: Column = 0
    """1 where nothing is lost when it arrives"""

    def __post_init__(self) -> None:
        labels = tuple(self.labels)
        object.__setattr__(self, "labels", labels)
        for name, whole in (
            ("ignored_fraction", False),
            ("lost_fraction", False),
            ("apparent_class", True),
            ("decoy", True),
        ):
            value = getattr(self, name)
            array = np.asarray(np.arange(len(labels)) if value is None else value)
            array = np.full(len(labels), array) if array.ndim == 0 else array
            object.__setattr__(self, name, array.astype(np.int64 if whole else np.float64))


@dataclass(frozen=True, kw_only=True, eq=False)
class Threats:
    """What flies in, one row for each."""

    class_index: Column
    target_index: Column = 0
    """Index of the target it flies to"""
    launch_s: Column = 0.0
    """Launch, or the beginning of the time in which it is launched [s]"""
    launch_spread_s: Column = 0.0
    """Length of the time in which it is launched, evenly by chance [s]"""
    flight_s: Column = 3600.0
    """Time from launch to arrival [s]"""
    value: Column = 1.0
    """Worth of stopping it as the defence believes; orders waiting lines and the rolling horizon [1]"""
    key: Column = None
    """Identity for the random numbers; by default the row"""

    def __post_init__(self) -> None:
        _settle(self, "class_index", frozenset({"class_index", "target_index", "key"}))

    def __len__(self) -> int:
        return len(self.class_index)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sensors:
    """What detects, one row for each."""

    scan_period_s: Column
    """Time between two looks at the same place [s]"""
    confirm_m: Column = 2
    """Detections that confirm a track ..."""
    confirm_n: Column = 3
    """... within so many consecutive scans"""
    bad_night_pd_fraction: Column = 1.0
    """What is left of its detection probability on a night with a common cause [1]"""
    availability_fraction: Column = 1.0
    """Share of nights it works [1]"""
    ready_key: Column = None
    """Things with equal key and availability are down on the same nights; by default the row"""
    link_fraction: Column = 1.0
    """Share of nights its tracks reach shared pictures [1]"""
    link_key: Column = None
    """Links with equal key and share fail on the same nights; by default the row"""
    key: Column = None
    """Identity for the random numbers; by default the row"""

    def __post_init__(self) -> None:
        whole = {"confirm_m", "confirm_n", "ready_key", "link_key", "key"}
        _settle(self, "scan_period_s", frozenset(whole))

    def __len__(self) -> int:
        return len(self.scan_period_s)


@dataclass(frozen=True, kw_only=True, eq=False)
class SensorWindows:
    """When a threat is inside a sensor's cover; several rows for one pair where Pd changes on the way."""

    threat: Column
    sensor: Column
    entry_s: Column
    """[s since launch]"""
    exit_s: Column
    """[s since launch]"""
    pd_fraction: Column
    """Detection probability of one scan [1]"""

    def __post_init__(self) -> None:
        _settle(self, "threat", frozenset({"threat", "sensor"}))


@dataclass(frozen=True, kw_only=True, eq=False)
class Pictures:
    """Air pictures: who shares tracks with whom, and how long order takes. One row for each."""

    identify_s: Column
    """Median time to identify a track [s]"""
    decide_s: Column = 0.0
    """Median time to decide and order [s]"""
    identify_spread: Column = 0.0
    """Standard deviation of the logarithm of the first [1]"""
    decide_spread: Column = 0.0
    """Standard deviation of the logarithm of the second [1]"""
    fusion: Sequence[str] | str = "tracks"
    """`tracks`: a track that one of its sensors confirmed; `plots`: `plot_m` detections of any of its sensors
    within `plot_window_s`; `given`: every threat is known from its launch"""
    plot_m: Column = 3
    plot_window_s: Column = 60.0
    """[s]"""
    shared: Column = 1
    """1 when it depends on links, 0 for a unit's own sensors"""
    warns: Column = 1
    """1 when its tracks give warning to the targets"""
    key: Column = None
    """Identity for the random numbers; by default the row"""
    member_picture: Column = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Picture of each membership"""
    member_sensor: Column = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Sensor of each membership"""

    def __post_init__(self) -> None:
        rows = np.atleast_1d(np.asarray(self.identify_s)).shape[0]
        fusion = (self.fusion,) * rows if isinstance(self.fusion, str) else tuple(self.fusion)
        object.__setattr__(self, "fusion", fusion)
        whole = {"plot_m", "shared", "warns", "key"}
        for column in fields(self):
            if column.name == "fusion":
                continue
            value = getattr(self, column.name)
            array = np.asarray(np.arange(rows) if value is None else value)
            array = np.full(rows, array) if array.ndim == 0 else array
            members = column.name.startswith("member_")
            kind = np.int64 if members or column.name in whole else np.float64
            object.__setattr__(self, column.name, array.astype(kind))

    def __len__(self) -> int:
        return len(self.identify_s)


@dataclass(frozen=True, kw_only=True, eq=False)
class FireUnits:
    """What engages, one row for each; `doctrine` and `reserve_rounds` have one column for each class."""

    kind_index: Column
    """Row of the kill probabilities"""
    channels: Column = 1
    """Engagements it can run at the same time"""
    ready_rounds: Column = 1_000_000
    """Rounds ready to fire, which is also what a reload fills up to"""
    store_rounds: Column = 0
    """Rounds held with the unit beyond those ready"""
    reload_s: Column = 0.0
    """Time to reload, begun when no ready round is left [s]"""
    reaction_s: Column = 0.0
    """From order to launch [s]"""
    assess_s: Column = 0.0
    """From intercept to knowing the outcome [s]"""
    turnaround_s: Column = 0.0
    """From then until the channel can be used again: the way home of a fighter or drone, and its rearming
    [s]"""
    picture: Column = 0
    """Air picture it fights from; -1 for none"""
    fallback_picture: Column = -1
    """Air picture on nights when its link is down; -1 for none"""
    must_see_picture: Column = -1
    """Air picture that must hold the track as well, such as its own radar's; -1 for none"""
    group: Column = 0
    """Units of one group coordinate their fire; two groups may shoot at the same threat"""
    availability_fraction: Column = 1.0
    ready_key: Column = None
    """By default 10,000 + the row, so that a unit and a sensor of the same row fail apart"""
    link_fraction: Column = 1.0
    link_key: Column = None
    doctrine: Column = 0
    """Index of the shot doctrine: one, one for each unit, or (units, classes)"""
    reserve_rounds: Column = 0
    """Rounds, ready and in store, kept back from a class: one, one for each unit, or (units, classes)"""

    def __post_init__(self) -> None:
        rows = np.atleast_1d(np.asarray(self.kind_index)).shape[0]
        for name in ("ready_key", "link_key"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, 10_000 + np.arange(rows))
        times = {"reload_s", "reaction_s", "assess_s", "turnaround_s"}
        shares = {"availability_fraction", "link_fraction"}
        whole = {column.name for column in fields(self)} - times - shares
        _settle(self, "kind_index", frozenset(whole))

    def __len__(self) -> int:
        return len(self.kind_index)


@dataclass(frozen=True, kw_only=True, eq=False)
class FireWindows:
    """When a threat can be engaged by a unit.

    Fly-out times hold for an order given at that time: linear from entry to the closest point, and from there
    to the exit. Without a closest point they are linear from entry to exit. Shot doctrines count their looks
    within one window.
    """

    threat: Column
    unit: Column
    entry_s: Column
    """First moment an order may be given [s since launch]"""
    exit_s: Column
    """Last moment the round may meet the threat [s since launch]"""
    flyout_entry_s: Column = 0.0
    """[s]"""
    flyout_exit_s: Column = 0.0
    """[s]"""
    closest_s: Column = float("nan")
    """Time of the closest point [s since launch]"""
    flyout_closest_s: Column = float("nan")
    """[s]"""

    def __post_init__(self) -> None:
        _settle(self, "threat", frozenset({"threat", "unit"}))


@dataclass(frozen=True, kw_only=True, eq=False)
class Jammers:
    """What suppresses without a round, one row for each."""

    availability_fraction: Column
    ready_key: Column = None
    """By default 20,000 + the row"""
    key: Column = None

    def __post_init__(self) -> None:
        rows = np.atleast_1d(np.asarray(self.availability_fraction)).shape[0]
        if self.ready_key is None:
            object.__setattr__(self, "ready_key", 20_000 + np.arange(rows))
        _settle(self, "availability_fraction", frozenset({"ready_key", "key"}))

    def __len__(self) -> int:
        return len(self.availability_fraction)


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftWindows:
    """When a threat is inside a jammer's reach, and how fast it is suppressed there."""

    threat: Column
    jammer: Column
    entry_s: Column
    exit_s: Column
    hazard_per_s: Column
    """Chance of suppression per second, while it still flies [1/s]"""

    def __post_init__(self) -> None:
        _settle(self, "threat", frozenset({"threat", "jammer"}))


@dataclass(frozen=True, kw_only=True)
class NightEffect:
    """What all threats of a class share on one night: why nights differ more than dice do.

    An assumption, not a measurement: reported leak shares are 3 to 15 times more dispersed than a binomial,
    but dispersion of reported shares is not dispersion of kill probability. Infinite concentration means no
    effect.
    """

    kill_concentration: float = float("inf")
    """Kill probability is Beta(c p, c (1 - p)); one draw for each class and night moves every effector's
    [1]"""
    lost_concentration: float = float("inf")
    """The same for the chance of being lost [1]"""
    soft_shape: float = float("inf")
    """Soft-kill hazards are multiplied by Gamma(shape, mean 1) [1]"""
    bad_night_fraction: float = 0.0
    """Share of nights on which weather or jamming takes every sensor down together [1]"""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How fire is distributed, and how long engagements take."""

    assignment: str = "quickest"
    """Unit for a threat: `first` window to open, `quickest` to meet it, `best` kill probability, or
    `horizon`: everybody who waits is assigned every `horizon_s` by marginal return"""
    queue: str = "urgent"
    """Threat for a unit that comes free: `urgent` (value, then who leaves first) or `fifo`"""
    horizon_s: float = 10.0
    """[s]"""
    engagement_law: str = "fixed"
    """`fixed`, `exponential` or `lognormal` engagement times about their mean"""
    engagement_spread: float = 0.0
    """Standard deviation of the logarithm of the last [1]"""
    doctrines: Sequence[str] = ("S-L-S",)
    """Shot doctrines that the units' indices refer to"""


@dataclass(frozen=True, kw_only=True, eq=False)
class RaidTables:
    """A whole raid against a whole defence, ready to be simulated.

    `kill_probability` has one row for each kind of unit and one column for each class; it is an assumption by
    class of effector and threat. Labels name the rows in results.
    """

    threats: Threats
    classes: Classes
    units: FireUnits
    fire_windows: FireWindows
    kill_probability: Column
    """(kinds, classes) [1]"""
    pictures: Pictures
    sensors: Sensors = field(default_factory=lambda: Sensors(scan_period_s=[]))
    sensor_windows: SensorWindows = field(
        default_factory=lambda: SensorWindows(threat=[], sensor=[], entry_s=[], exit_s=[], pd_fraction=[])
    )
    jammers: Jammers = field(default_factory=lambda: Jammers(availability_fraction=[]))
    soft_windows: SoftWindows = field(
        default_factory=lambda: SoftWindows(threat=[], jammer=[], entry_s=[], exit_s=[], hazard_per_s=[])
    )
    night: NightEffect = field(default_factory=NightEffect)
    rules: Rules = field(default_factory=Rules)
    target_labels: Sequence[str] = ()
    unit_labels: Sequence[str] = ()
    sensor_labels: Sequence[str] = ()

    def __post_init__(self) -> None:
        chance = np.atleast_2d(np.asarray(self.kill_probability, dtype=np.float64))
        object.__setattr__(self, "kill_probability", chance)
        targets = int(np.max(self.threats.target_index, initial=-1)) + 1
        for name, count, word in (
            ("target_labels", targets, "target"),
            ("unit_labels", len(self.units), "unit"),
            ("sensor_labels", len(self.sensors), "sensor"),
        ):
            labels = tuple(getattr(self, name)) or tuple(f"{word} {k}" for k in range(count))
            object.__setattr__(self, name, labels)
