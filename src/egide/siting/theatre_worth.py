"""What points of the theatre are worth: people, scored assets, targets of raids, and their strict tiers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from egide.model.catalogue_types import BALLISTIC, ThreatClass, ThreatType
from egide.model.raid import RaidGroup
from egide.model.scenario import Scenario
from egide.model.unit import Unit

RAID_LAYERS = 24
"""Parts into which the raid on a target is cut; a unit over it counts for as many as it could stop."""

RAID_RESERVE = 2.0
"""Capacity wanted over a target for each threat aimed there [1]; assumed, because waves come unevenly, units break and
rounds miss. Chosen among 1, 1.5 and 2 by what the simulator let through of the packaged raid; see docs/siting/theatre.md."""

RAID_DECAY = 0.95
"""Value of stopping a further part of a raid relative to the one before [1]; assumed: nearly as much."""

PEOPLE_TIER = 10
"""Strict tier of people who are no asset: after the last that an asset may have."""


def worth_of(
    scenario: Scenario, aims: NDArray[np.float64], mixture: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Worth of points: people, scored assets and targets of raids, each with its share and its layers.

    Parameters
    ----------
    scenario : Scenario
    aims : ndarray
        Threats aimed at each asset by each block of raids, shape (blocks, assets).
    mixture : ndarray
        Weight of each block, summing to 1, shape (blocks,). The worth is linear in it.

    Returns
    -------
    worth : ndarray
        Value of a sensor over a point, then of 0, 1, 2 ... layers, shape (points, 2 + layers).
    asset_points : ndarray of int
        Point of each asset.
    tier : ndarray of int
        Strict tier of each point.
    """
    wishes = scenario.siting
    people = np.array([place.population for place in scenario.places], dtype=np.float64)
    scores = np.array([asset.cvrt_score for asset in scenario.assets], dtype=np.float64)
    shares = np.array([wishes.people_share, 1.0 - wishes.people_share - wishes.raid_share, wishes.raid_share])
    shares *= [people.sum() > 0, scores.sum() > 0, aims.sum() > 0]
    shares /= max(shares.sum(), 1e-12)
    layers = np.array([asset.required_layers for asset in scenario.assets], dtype=np.int64)
    decay = wishes.second_layer_value
    scored = _share_of(scores, shares[1])
    # A sensor is worth as much as the first layer; raids and ballistic targets count by layers alone.
    targets = [
        _layered(
            _share_of(aimed, 2.0 * shares[2]), np.full(scores.size, RAID_LAYERS), RAID_DECAY, sensed=False
        )
        for aimed in aims
    ]
    worth = np.concatenate([
        _layered(_share_of(people, shares[0]), np.full(people.size, 2), decay, sensed=True),
        _layered(scored, np.maximum(layers, 1), decay, sensed=True),
        *(part * targets_worth for part, targets_worth in zip(mixture, targets, strict=True)),
        _layered(
            _share_of(ballistic_aimed_at(scenario), wishes.ballistic_value * scored.sum()),
            np.full(scores.size, 1), decay, sensed=False,
        ),
    ])  # fmt: skip
    # So that 1 is the value of a laydown that covers everything in every layer that counts.
    # Targets of all blocks weigh the same together, so the whole does not hang on the mixture.
    whole = worth[:, 0].sum() + worth[:, -1].sum()
    tiers = np.array([asset.tier for asset in scenario.assets], dtype=np.int64)
    tier = np.concatenate(
        [np.full(people.size, PEOPLE_TIER), np.tile(tiers, len(aims) + 2)]
    )  # assets, a block of targets for each block of raids, and ballistic targets
    return worth / whole, people.size + np.arange(scores.size), tier.astype(np.int64)


def ballistic_aimed_at(scenario: Scenario) -> NDArray[np.float64]:
    """Ballistic threats that the stated raids aim at each asset, shape (assets,)."""
    number = {asset.id: n for n, asset in enumerate(scenario.assets)}
    classes = {threat.id: threat.threat_class for threat in scenario.catalogue.threats}
    aimed = np.zeros(len(scenario.assets))
    for group in scenario.raid_groups:
        if classes[group.threat] in BALLISTIC:
            aimed[number[group.target]] += group.count
    return aimed


def _share_of(weights: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    return np.asarray(share * weights / max(weights.sum(), 1e-12))


def _layered(
    weight: NDArray[np.float64], layers: NDArray[np.int64], decay: float, *, sensed: bool
) -> NDArray[np.float64]:
    """Worth of a sensor and of 0, 1, 2 ... layers: each is worth `decay` of the one before.

    All of a raid target's layers together weigh as much as one, so that its share is not blown up by depth.
    """
    rank = np.arange(RAID_LAYERS)
    each = np.where(rank < layers[:, None], decay**rank, 0.0)
    if not sensed:
        each = each / np.maximum(each.sum(axis=1, keepdims=True), 1e-12)
    total = np.concatenate([np.zeros((weight.size, 1)), np.cumsum(each, axis=1)], axis=1)
    return np.concatenate([weight[:, None] * float(sensed), weight[:, None] * total], axis=1)


def aimed_at(scenario: Scenario, groups: tuple[RaidGroup, ...] | None = None) -> NDArray[np.float64]:
    """Threats that raids aim at each asset and that will be engaged, shape (assets,).

    Ballistic classes are apart. Decoys count as far as they are not recognised: they take rounds and channels
    as any other threat does.

    Parameters
    ----------
    scenario : Scenario
    groups : tuple of RaidGroup, optional
        The groups that count; by default all that the scenario states.
    """
    number = {asset.id: n for n, asset in enumerate(scenario.assets)}
    aimed = np.zeros(len(scenario.assets))
    recognised = scenario.command.decoy_recognised_fraction
    for group in scenario.raid_groups if groups is None else groups:
        threat_class = scenario.catalogue.threat(group.threat).threat_class
        taken = 1.0 - recognised if threat_class is ThreatClass.DECOY_DRONE else 1.0
        if threat_class not in BALLISTIC:
            aimed[number[group.target]] += taken * group.count
    return aimed


def threats_stopped(
    scenario: Scenario, unit: Unit, threat: ThreatType, aimed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Threats of a raid that a unit could stop if all came its way, for each number of them aimed.

    Rounds and channels bound a fire unit: its rounds times the kill probability of its class, and the
    engagements its channels can run in the raid's spread. A jammer stops the share that its hazard leaves
    none of on half its diameter. A rough yardstick for depth, not a forecast; the simulator judges.
    """
    assert unit.effector is not None
    effector = scenario.catalogue.effector(unit.effector)
    if effector.soft_kill_per_s is not None:
        dwell_s = effector.max_range_m.value / threat.speed_mps.value
        share = 1.0 - math.exp(-effector.soft_kill_per_s.value * dwell_s)
        return np.asarray(aimed * share * effector.availability_fraction.value)
    if threat.threat_class not in effector.engages:
        return np.zeros_like(aimed)
    pk = scenario.catalogue.pk_fraction(effector.effector_class, threat.threat_class).value
    ready = effector.ready_rounds.count if unit.ready_rounds is None else unit.ready_rounds
    rounds = ready + unit.rounds_in_store
    cycle_s = effector.reaction_s.value + effector.assess_s.value + 20.0
    spread_s = max((group.spread_s for group in scenario.raid_groups), default=0.0)
    engagements = effector.channels.value * max(spread_s / cycle_s, 1.0)
    return np.asarray(np.minimum(aimed, pk * min(rounds, engagements) * effector.availability_fraction.value))
