"""Circumstances of a raid that are no part of the scenario: what is lost, cut, shared or ordered otherwise.

They are inputs whose worth can be measured: the same raid under two circumstances, on common random numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from egide.errors import InputError, Problem
from egide.model.catalogue_types import ThreatClass
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.doctrine import parse_doctrine

LEVELS_OF_INTEGRATION = ("own", "local", "theatre")
"""Own sensor only, local net, theatre net."""

ASSIGNMENTS = ("first", "quickest", "best", "horizon")
"""Rules by which a threat is given to a unit; `horizon` assigns everybody who waits by marginal return."""


@dataclass(frozen=True)
class Circumstances:
    """What differs from what the scenario states; nothing by default."""

    integration: str | None = None
    """`own` sensor only, `local` net or `theatre` net; without it as the scenario states"""
    doctrine: str | None = None
    """Shot doctrine of all units; without it as the scenario states"""
    assignment: str = "quickest"
    """Rule by which a threat is given to a unit, one of `ASSIGNMENTS`"""
    lost: tuple[str, ...] = ()
    """Units that are lost or under repair, sensors too"""
    unlinked: tuple[str, ...] = ()
    """Units whose link is cut: they neither report nor hear"""
    link_fraction: float = 1.0
    """Share of nights each link works; a unit without one fights from its own sensor [1]"""
    readiness_fraction: float = 1.0
    """Share of the stated availability of every unit that is left [1]"""
    reserve_rounds: Mapping[str, int] = field(default_factory=dict)
    """Rounds each unit keeps back from a class of threats, where that is more than its own reserve"""

    def applied(self, scenario: Scenario, laydown: Laydown) -> tuple[Scenario, Laydown]:
        """Return the scenario and the laydown under these circumstances.

        Raises
        ------
        InputError
            With everything that is not known: a level, a doctrine, a unit, a class, a share.
        """
        problems = [*self._problems(scenario)]
        if problems:
            raise InputError(problems)
        command = scenario.command.model_copy(
            update={
                name: value
                for name, value in (("integration", self.integration), ("doctrine", self.doctrine))
                if value is not None
            }
        )
        cut = set(self.unlinked)
        units = tuple(
            unit.model_copy(update={"linked": False}) if unit.id in cut else unit for unit in scenario.units
        )
        posts = tuple(post for post in laydown.posts if post.unit not in set(self.lost))
        return (
            scenario.model_copy(update={"command": command, "units": units}),
            laydown.model_copy(update={"posts": posts}),
        )

    def _problems(self, scenario: Scenario) -> list[Problem]:
        found = []

        def add(name: str, value: object, remedy: str) -> None:
            found.append(Problem("Circumstances", name, value, remedy))

        if self.integration is not None and self.integration not in LEVELS_OF_INTEGRATION:
            add("integration", self.integration, f"choose {', '.join(LEVELS_OF_INTEGRATION)}")
        if self.assignment not in ASSIGNMENTS:
            add("assignment", self.assignment, f"choose {', '.join(ASSIGNMENTS)}")
        known = {unit.id for unit in scenario.units}
        for name in ("lost", "unlinked"):
            for unit in getattr(self, name):
                if unit not in known:
                    add(name, unit, "is no unit of the scenario")
        for name in ("link_fraction", "readiness_fraction"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                add(name, getattr(self, name), "give a share between 0 and 1")
        classes = {threat_class.value for threat_class in ThreatClass}
        for threat_class, rounds in self.reserve_rounds.items():
            if threat_class not in classes:
                add(
                    "reserve_rounds",
                    threat_class,
                    f"is no class of threat; classes are {', '.join(sorted(classes))}",
                )
            elif not (isinstance(rounds, int) and rounds >= 0):
                add(f"reserve_rounds[{threat_class}]", rounds, "give a whole number of rounds, 0 or more")
        return found + _doctrine_problems(self.doctrine or scenario.command.doctrine, scenario)


def _doctrine_problems(doctrine: str, scenario: Scenario) -> list[Problem]:
    """A doctrine that cannot be read, or whose salvo is larger than what a unit holds ready."""
    try:
        salvo = max(parse_doctrine(doctrine))
    except InputError as error:
        return list(error.problems)
    problems = []
    for unit in scenario.units:
        if unit.effector is None:
            continue
        effector = scenario.catalogue.effector(unit.effector)
        ready = unit.ready_rounds if unit.ready_rounds is not None else effector.ready_rounds.count
        if 0 < ready < salvo:
            remedy = f"has fewer ready rounds than the {salvo} that doctrine {doctrine} fires at once"
            problems.append(Problem("units.csv", f"{unit.id}.ready_rounds", ready, remedy))
    return problems


def parse_reserve(text: str) -> tuple[str, int]:
    """Read `CLASS=ROUNDS`, such as `one_way_drone=4`.

    Raises
    ------
    InputError
        When it is not of that form.
    """
    match = re.fullmatch(r"\s*([a-z_]+)\s*=\s*(\d+)\s*", text)
    if match is None:
        raise InputError.one("raid", "--reserve", text, "write CLASS=ROUNDS, such as one_way_drone=4")
    return match.group(1), int(match.group(2))
