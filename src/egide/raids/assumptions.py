"""The figures a raid rests on, with their bands, and the scenario in which they are other than stated.

Figures of one kind err together: an assumption is a position within the bands of all its figures, 0 at their
low ends, a half at the stated values, 1 at their high ends. That is itself an assumption, and a cautious one:
errors that cancel would spread outcomes less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from egide.errors import InputError
from egide.model.catalogue_types import EffectorKind
from egide.model.figure import Figure
from egide.model.noun import Noun
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.routes import placed_of

WIDE = 5.0
"""Bands whose ends differ by more than this factor are passed through evenly in their logarithm."""


@dataclass(frozen=True)
class Band:
    """One figure and what it may be."""

    where: str
    """Path to the figure, such as `threats[shahed-136].rcs_m2`"""
    low: float
    value: float
    high: float
    confidence: str
    """published, derived or assumed"""
    source: str

    def at(self, position: float) -> float:
        """The figure at a position within its band: 0 low, a half as stated, 1 high."""
        share = 2.0 * position if position < 0.5 else 2.0 * position - 1.0
        start, stop = (self.low, self.value) if position < 0.5 else (self.value, self.high)
        if self.low > 0.0 and self.high > WIDE * self.low:
            return float(start * (stop / start) ** share)
        return float(start + share * (stop - start))


@dataclass(frozen=True)
class Assumption:
    """Figures of one kind that err together."""

    name: str
    meaning: str
    bands: tuple[Band, ...]

    def words(self) -> str:
        """The band in words: of the one figure, or how many there are."""
        if len(self.bands) == 1:
            band = self.bands[0]
            return f"{band.value:g} ({band.low:g} to {band.high:g})"
        return f"{len(self.bands)} figures"


_COMMAND = (
    ("identify_s", "delays of identification and order", lambda v: (0.5 * v, 2.0 * v)),
    ("decide_s", "delays of identification and order", lambda v: (0.5 * v, 2.0 * v)),
    ("decoy_recognised_fraction", "share of decoys recognised", lambda v: (0.0, max(0.5, v))),
    ("threat_mistaken_fraction", "share of threats taken for harmless", lambda v: (0.0, max(0.1, v))),
    ("common_cause_fraction", "share of nights bad for all sensors", lambda v: (0.0, max(0.3, v))),
    ("night_concentration", "how alike nights are", lambda v: (0.5 * v, 2.0 * v)),
)  # fmt: skip
"""Figures of the command, which state no band; what they may be is assumed here."""

_NAMES = {
    "identify_s": "delays", "decide_s": "delays", "decoy_recognised_fraction": "decoys recognised",
    "threat_mistaken_fraction": "threats mistaken", "common_cause_fraction": "bad nights",
    "night_concentration": "night effect",
}  # fmt: skip


def assumptions_of(
    scenario: Scenario, laydowns: Sequence[Laydown], raid: str | None = None
) -> tuple[Assumption, ...]:
    """List what the outcome of a raid rests on, for the units of some laydowns.

    Parameters
    ----------
    scenario : Scenario
    laydowns : sequence of Laydown
        Their types count.
    raid : str, optional
        Raid id; without it the scenario's first.

    Returns
    -------
    tuple of Assumption
        Only those with a band: kill probability by class of effector, ranges and ceilings of sensors, echoes,
        own losses, readiness, times of effectors, soft kill, and the figures of the command.
    """
    found: dict[str, tuple[str, list[Band]]] = {}
    for name, meaning, band in _bands(scenario, laydowns, raid):
        if band.low < band.high:
            found.setdefault(name, (meaning, []))[1].append(band)
    return tuple(Assumption(name, meaning, tuple(bands)) for name, (meaning, bands) in found.items())


def _bands(
    scenario: Scenario, laydowns: Sequence[Laydown], raid: str | None
) -> Iterator[tuple[str, str, Band]]:
    placed = [unit for laydown in laydowns for unit in placed_of(scenario, laydown)]
    sensors = {u.sensor.id: u.sensor for u in placed if u.sensor is not None}
    effectors = {u.effector.id: u.effector for u in placed if u.effector is not None}
    groups = scenario.groups_of(scenario.raid(raid).id)
    threats = [scenario.catalogue.threat(t) for t in dict.fromkeys(g.threat for g in groups)]
    classes = {threat.threat_class for threat in threats}
    firing = dict.fromkeys(e.effector_class for e in effectors.values() if e.kind is not EffectorKind.JAMMER)
    for kind in firing:
        for entry in scenario.catalogue.kill_probabilities:
            if entry.effector_class == kind and entry.threat_class in classes:
                where = f"kill_probabilities[{kind}/{entry.threat_class.value}].pk_fraction"
                yield f"pk {kind}", f"kill probability of {kind}", _band(where, entry.pk_fraction)
    for sensor in sensors.values():
        for field, name, meaning in (
            ("reference_range_m", "radar range", "range at which radars see their reference echo"),
            ("pd_fraction", "detection ceiling", "best detection probability of one look"),
            ("availability_fraction", "readiness", "share of nights a unit works"),
        ):
            figure = getattr(sensor, field)
            if figure is not None:
                yield name, meaning, _band(f"sensors[{sensor.id}].{field}", figure)
    for effector in effectors.values():
        for field, name, meaning in (
            ("availability_fraction", "readiness", "share of nights a unit works"),
            ("reaction_s", "engagement times", "reaction, assessment and reload"),
            ("assess_s", "engagement times", "reaction, assessment and reload"),
            ("reload_s", "engagement times", "reaction, assessment and reload"),
            ("soft_kill_per_s", "soft kill", "hazard of suppression by jammers"),
        ):
            figure = getattr(effector, field)
            if figure is not None:
                yield name, meaning, _band(f"effectors[{effector.id}].{field}", figure)
    for threat in threats:
        yield "echo", "radar echo of threats", _band(f"threats[{threat.id}].rcs_m2", threat.rcs_m2)
        yield (
            "own losses",
            "threats that fail on the way",
            _band(f"threats[{threat.id}].lost_fraction", threat.lost_fraction),
        )
    for field, meaning, ends in _COMMAND:
        value = float(getattr(scenario.command, field))
        low, high = ends(value)
        yield _NAMES[field], meaning, Band(f"command.{field}", low, value, high, "assumed", "")


def _band(where: str, figure: Figure) -> Band:
    low, high = figure.band
    return Band(where, low, figure.value, high, figure.confidence.value, figure.source or "")


def scenario_at(
    scenario: Scenario, assumptions: Sequence[Assumption], positions: Sequence[float]
) -> Scenario:
    """Return the scenario with every assumption at a position within its band.

    Parameters
    ----------
    scenario : Scenario
    assumptions : sequence of Assumption
        From `assumptions_of` on the same scenario.
    positions : sequence of float
        One for each, from 0 (low) over a half (as stated) to 1 (high).

    Raises
    ------
    InputError
        When positions lack or lie outside 0 to 1.
    """
    if len(positions) != len(assumptions) or not all(0.0 <= p <= 1.0 for p in positions):
        remedy = f"give {len(assumptions)} positions between 0 and 1"
        raise InputError.one("scenario_at", "positions", len(positions), remedy)
    values = {
        band.where: band.at(position)
        for assumption, position in zip(assumptions, positions, strict=True)
        for band in assumption.bands
    }
    catalogue = scenario.catalogue.model_copy(
        update={
            "sensors": _changed(scenario.catalogue.sensors, "sensors", lambda item: item.id, values),
            "effectors": _changed(scenario.catalogue.effectors, "effectors", lambda item: item.id, values),
            "threats": _changed(scenario.catalogue.threats, "threats", lambda item: item.id, values),
            "kill_probabilities": _changed(
                scenario.catalogue.kill_probabilities, "kill_probabilities",
                lambda item: f"{item.effector_class}/{item.threat_class.value}", values,
            ),
        }
    )  # fmt: skip
    command = {
        where.removeprefix("command."): value
        for where, value in values.items()
        if where.startswith("command.")
    }
    return scenario.model_copy(
        update={"catalogue": catalogue, "command": scenario.command.model_copy(update=command)}
    )


def _changed(
    items: Sequence[Any], table: str, key: Callable[[Any], str], values: dict[str, float]
) -> tuple[Noun, ...]:
    wanted: dict[str, dict[str, float]] = {}
    for where, value in values.items():
        if where.startswith(f"{table}["):
            name, _, field = where.removeprefix(f"{table}[").rpartition("].")
            wanted.setdefault(name, {})[field] = value
    changed: list[Noun] = []
    for item in items:
        fields = wanted.get(key(item))
        if fields:
            update = {
                field: getattr(item, field).model_copy(update={"value": value, "low": None, "high": None})
                for field, value in fields.items()
            }
            item = item.model_copy(update=update)
        changed.append(item)
    return tuple(changed)
