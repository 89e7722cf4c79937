"""What a brief says of ignorance about a raid's inputs: a few numbers by plan, kept in the run folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from egide.model.scenario import Scenario
from egide.raids.raid_result import quantiles

if TYPE_CHECKING:
    from egide.raids.uncertainty import UncertainRaid

LEADING = 3
"""Assumptions named for each plan: those with the largest total Sobol index."""


@dataclass(frozen=True)
class PlanUncertainty:
    """Leakers, decoys apart, of one plan with its inputs uncertain."""

    name: str
    mean: float
    q10: float
    """Over all draws and trials."""
    q50: float
    q90: float
    aleatory_variance: float
    epistemic_variance: float
    best_fraction: float
    """Share of draws in which the plan has the lowest mean of all [1]."""
    explained_fraction: float
    """Share of the variance of left-out draws that the surface of the indices predicts [1]."""
    leading: tuple[tuple[str, float], ...]
    """Names of assumptions with their total Sobol index, the largest first."""


@dataclass(frozen=True)
class RaidUncertainty:
    """Summary of an `UncertainRaid`."""

    raid: str
    draws: int
    trials: int
    plans: tuple[PlanUncertainty, ...]
    perfect_information: float
    """What knowing every assumption before choosing is worth at most, in leakers; 0 for one plan."""
    decisive: str
    """Assumption that is worth most to know before choosing; empty where none changes the choice."""
    decisive_worth: float
    """What knowing it is worth, in leakers."""
    seed: int
    scenario_hash: str


def summary_of(scenario: Scenario, found: UncertainRaid) -> RaidUncertainty:
    """Put the findings of `uncertain_raid` on this scenario into a few numbers."""
    plans = []
    for number, name in enumerate(found.plans):
        spread, surface = quantiles(found.leakers[number].ravel()), found.surfaces[number]
        order = np.argsort(-surface.indices.total, kind="stable")[:LEADING]
        plans.append(
            PlanUncertainty(
                name, float(found.means[number].mean()), spread["q10"], spread["q50"], spread["q90"],
                float(found.aleatory_variance[number]), float(found.epistemic_variance[number]),
                float(found.best_plan_fraction[number]), surface.explained_fraction,
                tuple((surface.indices.labels[k], float(surface.indices.total[k])) for k in order),
            )
        )  # fmt: skip
    first = found.decisions[0] if found.decisions else None
    decides = first is not None and first.worth.value > 2.0 * first.worth.error
    return RaidUncertainty(
        found.raid, found.leakers.shape[1], found.leakers.shape[2], tuple(plans), float(found.perfect_information),
        first.assumption if first is not None and decides else "",
        float(first.worth.value) if first is not None and decides else 0.0, found.seed,
        scenario.fingerprint("laydown"),
    )  # fmt: skip
