"""What could be added to a defence, made ready: units that could be bought, passive measures, what each stands for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from egide.coverage.result import Coverage
from egide.coverage.stations import stations_of
from egide.errors import InputError, Problem
from egide.model.catalogue_types import PassiveMeasure
from egide.model.need import NeedOption
from egide.model.scenario import Scenario
from egide.model.unit import Unit

PREFIX = "need."
"""What the ids of units that could be bought begin with."""

UNKNOWN_LEAK = 0.5
"""Share that passes one layer where the catalogue has no kill probability for a class [1]; assumed."""

MOST_LAYERS = 10.0
"""Layers that a measure stands for at most, where it would leave nothing at all; assumed."""


@dataclass(frozen=True)
class Offer:
    """An option with what the catalogue adds to it."""

    option: NeedOption
    unit: Unit | None
    """The first of its units, or None for a passive measure."""
    measure: PassiveMeasure | None
    """The catalogue's measure, or None for a unit."""
    lawful_operator: str
    """Who may lawfully operate it."""
    ready: date
    """Day it is in service: available, then built."""

    @property
    def id(self) -> str:
        """Id of the option."""
        return self.option.id

    @property
    def cost_eur(self) -> tuple[float, float, float]:
        """What one costs: low, value, high [EUR]."""
        one = self.option
        low = one.cost_eur if one.cost_low_eur is None else one.cost_low_eur
        high = one.cost_eur if one.cost_high_eur is None else one.cost_high_eur
        return low, one.cost_eur, high

    @property
    def harm_fraction(self) -> tuple[float, float]:
        """Share of damage times time to restore that remains, at best and at worst [1]; 1 for a unit."""
        if self.measure is None:
            return 1.0, 1.0
        one, measure = self.option, self.measure
        damage, restoration = measure.damage_fraction.band, measure.restoration_fraction.band
        best = _or(one.damage_low_fraction, damage[0]) * _or(one.restoration_low_fraction, restoration[0])
        worst = _or(one.damage_high_fraction, damage[1]) * _or(one.restoration_high_fraction, restoration[1])
        return best, max(best, worst)

    def layers(self, threat_class: str, leak_fraction: float) -> tuple[float, float]:
        """Layers of effectors that a passive measure stands for, at worst and at best [1].

        Measures and layers that work one after another multiply what is left of the harm, so a measure
        that leaves a share h stands for ln h / ln(leak) layers that each let `leak` of the threats pass.

        Parameters
        ----------
        threat_class : str
        leak_fraction : float
            Share of that class that passes one layer [1].
        """
        if self.measure is None or threat_class not in self.measure.protects_against:
            return 0.0, 0.0
        best, worst = self.harm_fraction
        floor = leak_fraction**MOST_LAYERS
        cautious, hopeful = (
            math.log(min(max(h, floor), 1.0)) / math.log(leak_fraction) for h in (worst, best)
        )
        return cautious, hopeful


def _or(stated: float | None, otherwise: float) -> float:
    return otherwise if stated is None else stated


def leak_fraction(scenario: Scenario, threat_class: str) -> float:
    """Share of a threat class that passes one layer: one less the middle kill probability of all classes [1].

    A yardstick that makes layers and measures comparable, not a forecast; the simulator judges.
    """
    known = [
        one.pk_fraction.value
        for one in scenario.catalogue.kill_probabilities
        if one.threat_class == threat_class
    ]
    leak = 1.0 - median(known) if known else UNKNOWN_LEAK
    return min(max(leak, 0.01), 0.99)


def offers(scenario: Scenario, by: date | None = None) -> tuple[Offer, ...]:
    """Options of a scenario that are in service by a day, in file order.

    Parameters
    ----------
    scenario : Scenario
    by : date, optional
        Without it, all of them.

    Raises
    ------
    InputError
        When an option names something that the catalogue does not hold.
    """
    found = [_offer(scenario, option) for option in scenario.options]
    return tuple(one for one in found if by is None or one.ready <= by)


def _offer(scenario: Scenario, option: NeedOption) -> Offer:
    catalogue = scenario.catalogue
    start = option.available or scenario.day
    operator = option.lawful_operator
    if option.kind == "passive":
        measure = catalogue.passive_measure(option.item)
        days = measure.build_days.value if option.build_days is None else option.build_days
        ready = start + timedelta(days=math.ceil(days))
        return Offer(option, None, measure, operator or measure.authority, ready)
    if option.kind == "effector":
        operator = operator or catalogue.effector(option.item).lawful_operator
    else:
        catalogue.sensor(option.item)
    ready = start + timedelta(days=math.ceil(option.build_days or 0.0))
    return Offer(option, unit_of(option, 1), None, operator, ready)


def unit_of(option: NeedOption, number: int) -> Unit:
    """The unit that buying an option for the n-th time gives."""
    return Unit(
        id=f"{PREFIX}{option.id}.{number}",
        name=f"{option.id} {number} (could be added)",
        sensor=option.item if option.kind == "sensor" else None,
        effector=option.item if option.kind == "effector" else None,
        partner=option.partner,
        available_from=option.available,
        releasable_to=option.releasable_to,
    )


def with_options(scenario: Scenario) -> Scenario:
    """The scenario with one unit of every option, so that `cover` sweeps what those would need.

    Only needed where an option's type stands higher or reaches farther than the scenario's own units do.
    """
    held = {unit.id for unit in scenario.units}
    more = [unit_of(option, 1) for option in scenario.options if option.kind != "passive"]
    new = tuple(unit for unit in more if unit.id not in held)
    return scenario.model_copy(update={"units": (*scenario.units, *new)})


def unswept(scenario: Scenario, coverage: Coverage) -> list[Problem]:
    """What keeps a coverage from serving a scenario's options: masts or ranges that were not swept.

    Returns
    -------
    list of Problem
        Empty when every option can be judged.
    """
    if coverage.scenario_hash == with_options(scenario).fingerprint("laydown"):
        return []
    swept = set(coverage.stations)
    plain = dict(stations_of(scenario))
    problems = []
    for option in scenario.options:
        if option.kind == "passive":
            continue
        one = with_options(scenario.model_copy(update={"options": (option,)}))
        wanted = [
            station.site
            for station, range_m in stations_of(one)
            if station not in swept or range_m > plain.get(station, 0.0) + coverage.grid.cell_m
        ]
        if wanted:
            remedy = (
                f"stands higher or reaches farther than what was swept from {wanted[0]}"
                f"{' and ' + str(len(wanted) - 1) + ' more' if len(wanted) > 1 else ''}; "
                "run cover(with_options(scenario), terrain)"
            )
            problems.append(Problem("needs", f"options.{option.id}", option.item, remedy))
    return problems


def check_swept(scenario: Scenario, coverage: Coverage) -> None:
    """Raise InputError with every option that the coverage cannot judge."""
    problems = unswept(scenario, coverage)
    if problems:
        raise InputError(problems)


def in_order(scenario: Scenario) -> Sequence[int]:
    """Numbers of the requirements, first priority first, then file order."""
    return sorted(range(len(scenario.requirements)), key=lambda n: (scenario.requirements[n].priority, n))


def classes(scenario: Scenario) -> set[str]:
    """Names of the classes of threat that a requirement may speak of: those with a type in the catalogue."""
    return {one.threat_class.value for one in scenario.catalogue.threats}
