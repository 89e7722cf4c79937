"""From a choice of additions to the answer: who stands where, what it serves, what it adds, what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from egide.assessment.board import board_of
from egide.assessment.rows import Guideline
from egide.assessment.scorecard import scorecard
from egide.coverage.result import Coverage
from egide.model.place import Asset
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post, Unit
from egide.siting.needs_model import Choice, Standing, meets, short_of, standing, value
from egide.siting.needs_reach import NeedsInstance
from egide.siting.needs_result import (
    Addition,
    FrontPoint,
    GuidelineChange,
    NeedLine,
    NotBought,
    RequirementNeed,
)
from egide.siting.options import Offer, unit_of

Alone = tuple[int, float | None, float]
"""A requirement by itself: fewest short, cost of that [EUR] (None: not found), and its bound [EUR]."""


class Parts:
    """Everything that follows from a choice."""

    def __init__(
        self, scenario: Scenario, instance: NeedsInstance, scores: NDArray[np.float64], choice: Choice,
        stands: Laydown,
    ) -> None:  # fmt: skip
        self.scenario, self.instance, self.scores = scenario, instance, scores
        self.choice, self.stands = choice, stands
        self.before = standing(instance, (), ())
        self.after = standing(instance, choice.columns, choice.measures)
        self.value_before = value(instance, scores, self.before)
        self.value = value(instance, scores, self.after)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """Units bought, in the order of the choice's columns."""
        bought: dict[str, int] = {}
        units = []
        for k in self.choice.columns:
            option = self.instance.offers[int(self.instance.column_offer[k])].option
            bought[option.id] = bought.get(option.id, 0) + 1
            units.append(unit_of(option, bought[option.id]))
        return tuple(units)

    @cached_property
    def laydown(self) -> Laydown:
        """What stood, with the units bought."""
        posts = [
            Post(
                unit=unit.id, site=self.instance.sites[int(self.instance.column_site[k])].id,
                bearing_deg=float(self.instance.column_bearing_deg[k]),
            )
            for unit, k in zip(self.units, self.choice.columns, strict=True)
        ]  # fmt: skip
        name = f"{self.stands.name} with additions" if posts else self.stands.name
        return self.stands.model_copy(update={"posts": (*self.stands.posts, *posts), "name": name})

    @property
    def costs_eur(self) -> tuple[float, float, float]:
        """Cost of the choice: low, value, high [EUR]."""
        prices = np.array([offer.cost_eur for offer in self._bought()], dtype=np.float64).reshape(-1, 3)
        low, middle, high = prices.sum(axis=0).tolist()
        return low, middle, high

    def _bought(self) -> list[Offer]:
        numbers = [int(self.instance.column_offer[k]) for k in self.choice.columns]
        return [self.instance.offers[n] for n in (*numbers, *(o for o, _ in self.choice.measures))]

    @cached_property
    def additions(self) -> tuple[Addition, ...]:
        """Every unit bought and measure built, dearest first, with what it alone serves."""
        columns, measures = self.choice.columns, self.choice.measures
        short = short_of(self.instance, self.after)
        found = []
        for n, offer in enumerate(self._bought()):
            is_unit = n < len(columns)
            left = standing(
                self.instance,
                [k for m, k in enumerate(columns) if m != n],
                [pair for m, pair in enumerate(measures) if m != n - len(columns)],
            )
            worse = short_of(self.instance, left) > short
            asset = None if is_unit else self.scenario.assets[measures[n - len(columns)][1]]
            site = self.instance.sites[int(self.instance.column_site[columns[n]])] if is_unit else None
            low, middle, high = offer.cost_eur
            cautious, hopeful = self._layers(offer, worse)
            found.append(
                Addition(
                    option=offer.id, kind=offer.option.kind, item=offer.option.item,
                    unit=self.units[n].id if is_unit else "", site="" if site is None else site.id,
                    asset="" if asset is None else asset.id, asset_kind="" if asset is None else asset.kind,
                    region=asset.region if asset is not None else site.region if site is not None else "",
                    bearing_deg=float(self.instance.column_bearing_deg[columns[n]]) if is_unit else 0.0,
                    cost_eur=middle, cost_low_eur=low, cost_high_eur=high, ready=offer.ready.isoformat(),
                    partner=offer.option.partner or "", lawful_operator=offer.lawful_operator,
                    requirements=tuple(
                        one.requirement.id for one, is_worse in zip(self.instance.asked, worse, strict=True) if is_worse
                    ),
                    layers_low=cautious, layers_high=hopeful,
                    marginal_value=self.value - value(self.instance, self.scores, left),
                )
            )  # fmt: skip
        return tuple(sorted(found, key=lambda one: (-one.cost_eur, one.option, one.site, one.asset)))

    def need_lines(self) -> tuple[NeedLine, ...]:
        """The additions counted by option and by the first requirement they serve, in order of priority."""
        order = {one.requirement.id: n for n, one in enumerate(self.instance.asked)}
        lines: dict[tuple[str, str], list[Addition]] = {}
        for one in self.additions:
            first = min(one.requirements, key=order.__getitem__, default="")
            lines.setdefault((first, one.option), []).append(one)
        found = [
            NeedLine(
                requirement, option, same[0].item, len(same), same[0].partner,
                sum(one.cost_eur for one in same), same[0].ready,
            )
            for (requirement, option), same in lines.items()
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda one: (order.get(one.requirement, len(order)), one.option)))

    def _layers(self, offer: Offer, worse: NDArray[np.bool_]) -> tuple[float, float]:
        """Layers an addition stands for, at worst and at best, against the first threat it serves for."""
        if offer.measure is None:
            return (1.0, 1.0) if offer.option.kind == "effector" else (0.0, 0.0)
        served = [
            t
            for one, is_worse in zip(self.instance.asked, worse, strict=True)
            if is_worse
            for t in one.threats
        ]
        threats = served or list(range(len(self.instance.threats)))
        every = [
            offer.layers(self.instance.threats[t].threat_class, float(self.instance.leak[t])) for t in threats
        ]
        return max(every)

    def requirement_rows(self, alone: Sequence[Alone], costs: Sequence[float]) -> tuple[RequirementNeed, ...]:
        """How far each requirement is met, by what, at what cost.

        Parameters
        ----------
        alone : sequence of tuple
            Of each requirement.
        costs : sequence of float
            Cost of meeting the first 0, 1, 2 ... requirements [EUR million].
        """
        units_only = Standing(self.after.units.astype(np.float64), self.after.units, self.after.warning_s)
        rows = []
        ready = {one.id: one.ready.isoformat() for one in self._bought()}
        serving = {
            r.requirement.id: [ready[a.option] for a in self.additions if r.requirement.id in a.requirements]
            for r in self.instance.asked
        }
        for n, one in enumerate(self.instance.asked):
            met = meets(one, self.after)
            by_units = meets(one, units_only)
            unmet = [self._asset(a) for a in one.assets[~met].tolist()]
            least, cost, bound = alone[n]
            rows.append(
                RequirementNeed(
                    id=one.requirement.id, priority=one.requirement.priority,
                    threat_class=one.requirement.threat_class, assets=int(one.assets.size), needed=one.needed,
                    met_before=int(meets(one, self.before).sum()), met=int(met.sum()),
                    met_by_measures=int((met & ~by_units).sum()), short=max(0, one.needed - int(met.sum())),
                    least_short=least, cost_eur=1e6 * max(0.0, costs[n + 1] - costs[n]), alone_eur=cost,
                    alone_bound_eur=bound if cost is None else min(bound, cost),
                    ready=max(serving[one.requirement.id], default=""),
                    unmet=tuple(asset.id for asset in unmet),
                    unmet_regions=tuple(asset.region for asset in unmet),
                )
            )  # fmt: skip
        return tuple(rows)

    def _asset(self, number: int) -> Asset:
        return self.scenario.assets[number]

    def front_points(self, found: Sequence[tuple[float, Choice]]) -> tuple[FrontPoint, ...]:
        """Cost against value; what costs less and is worth no less stands in for a dearer choice."""
        points: list[FrontPoint] = []
        cost = self.instance.costs_eur
        for budget, choice in found:
            offered = [int(self.instance.column_offer[k]) for k in choice.columns]
            offered += [o for o, _ in choice.measures]
            worth = value(
                self.instance, self.scores, standing(self.instance, choice.columns, choice.measures)
            )
            spent = float(cost[offered].sum())
            bought = tuple(sorted(self.instance.offers[o].id for o in offered))
            if points and points[-1].value >= worth:
                spent, worth, bought = points[-1].cost_eur, points[-1].value, points[-1].bought
            bound = max(choice.bound, worth) if np.isfinite(choice.bound) else 1.0
            gap = (bound - worth) / worth if worth > 0.0 else 0.0
            points.append(FrontPoint(budget, spent, worth, bound, gap, bought))
        return tuple(points)

    def not_bought(self) -> tuple[NotBought, ...]:
        """One more of each option where it adds most, most for its cost first; what adds nothing is left out."""
        held = [offer.id for offer in self._bought()]
        taken = {int(self.instance.column_site[k]) for k in self.choice.columns}
        found = []
        for number, offer in enumerate(self.instance.offers):
            if held.count(offer.id) >= offer.option.count:
                continue
            by_unit = offer.measure is None
            best = self._best_column(number, taken) if by_unit else self._best_measure(number)
            if best is not None and best[0] > 1e-12:
                found.append(self._left_out(offer, *best))
        return tuple(sorted(found, key=lambda one: (-one.value_per_million_eur, one.cost_eur, one.option)))

    def _best_column(self, number: int, taken: set[int]) -> tuple[float, int] | None:
        columns, measures = self.choice.columns, self.choice.measures
        best: tuple[float, int] | None = None
        seen: set[bytes] = set()
        for k in np.flatnonzero(self.instance.column_offer == number).tolist():
            # Many places reach the same assets; one of each kind is enough to look at.
            key = b"".join(
                np.ascontiguousarray(part[k]).tobytes()
                for part in (
                    self.instance.column_engages, self.instance.column_waits, self.instance.column_sees,
                    self.instance.column_warning_s,
                )
            )  # fmt: skip
            if int(self.instance.column_site[k]) in taken or key in seen or self._too_near(k):
                continue
            seen.add(key)
            added = (
                value(self.instance, self.scores, standing(self.instance, (*columns, k), measures))
                - self.value
            )
            if best is None or added > best[0] + 1e-12:
                best = added, k
        return best

    def _too_near(self, column: int) -> bool:
        """Whether a unit of the same type that is bought stands nearer than the scenario allows."""
        one = self.instance
        if one.min_separation_m <= 0.0:
            return False
        item = one.offers[int(one.column_offer[column])].option.item
        at = one.site_xy_m[int(one.column_site[column])]
        return any(
            one.offers[int(one.column_offer[k])].option.item == item
            and float(np.hypot(*(one.site_xy_m[int(one.column_site[k])] - at))) < one.min_separation_m
            for k in self.choice.columns
        )

    def _best_measure(self, number: int) -> tuple[float, int] | None:
        columns, measures = self.choice.columns, self.choice.measures
        best: tuple[float, int] | None = None
        for asset in np.flatnonzero(self.instance.suits[number]).tolist():
            if (number, asset) in measures:
                continue
            added = value(
                self.instance, self.scores, standing(self.instance, columns, (*measures, (number, asset)))
            )
            if best is None or added - self.value > best[0] + 1e-12:
                best = added - self.value, asset
        return best

    def _left_out(self, offer: Offer, added: float, where: int) -> NotBought:
        asset = None if offer.measure is None else self._asset(where)
        site = None if asset is not None else self.instance.sites[int(self.instance.column_site[where])]
        cost = offer.option.cost_eur
        return NotBought(
            option=offer.id, kind=offer.option.kind, item=offer.option.item,
            site="" if site is None else site.id, asset="" if asset is None else asset.id,
            asset_kind="" if asset is None else asset.kind,
            region=asset.region if asset is not None else site.region if site is not None else "",
            cost_eur=cost, value_added=added,
            value_per_million_eur=added / cost * 1e6 if cost > 0.0 else float("inf"),
            lawful_operator=offer.lawful_operator,
        )  # fmt: skip


def guideline_changes(
    scenario: Scenario, coverage: Coverage, stands: Laydown, parts: Parts
) -> tuple[GuidelineChange, ...]:
    """The six employment guidelines of what stands, and with the units bought."""
    more = scenario.model_copy(update={"units": (*scenario.units, *parts.units)})
    before = _guidelines(scenario, coverage, stands)
    after = before if not parts.units else _guidelines(more, coverage, parts.laydown)
    return tuple(
        GuidelineChange(one.name, one.number, other.number, one.unit, one.definition)
        for one, other in zip(before, after, strict=True)
    )


def _guidelines(scenario: Scenario, coverage: Coverage, laydown: Laydown) -> tuple[Guideline, ...]:
    board = board_of(scenario, coverage, laydown)
    return scorecard(board, board.picture(board.planning_height_m)).guidelines
