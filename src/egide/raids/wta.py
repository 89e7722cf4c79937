"""Weapon-target assignment in the small: exact optimum, marginal-return rule, rolling horizon, regret.

Planning-level figures for judging the simulator's rules of fire distribution, not fire control: values and
kill probabilities are assumptions by class. Reference for the marginal-return rule and its place among
others: Manne, A. S., "A target-assignment problem", Operations Research 6 (1958).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import InputError, Problem

Floats = NDArray[np.float64]


MOST_WEAPONS = 200
"""Weapons beyond which the exact search is not begun: it goes one call deeper for each."""


@dataclass(frozen=True, eq=False)
class Assignment:
    """Which target each weapon is given, and what is expected to survive."""

    target: NDArray[np.int64]
    """(weapons,) index of the target, -1 for a weapon that holds"""
    surviving_value: float
    """Expected value of the targets that survive"""
    bound: float
    """No assignment leaves less than this"""
    optimal: bool
    """Whether the search proved this one optimal"""

    @property
    def gap(self) -> float:
        """Surviving value less the bound, relative to the surviving value [1]."""
        return 0.0 if self.surviving_value <= 0.0 else 1.0 - self.bound / self.surviving_value


@dataclass(frozen=True)
class Regret:
    """What a rule leaves beyond the optimum."""

    rule_value: float
    """Expected surviving value under the rule"""
    best_value: float
    """Expected surviving value under the optimum"""

    @property
    def regret(self) -> float:
        """Difference of the two, 0 or more."""
        return self.rule_value - self.best_value

    @property
    def relative(self) -> float:
        """Regret relative to the value the optimum leaves [1]; 0 when there is none, infinity beside nothing left."""
        if self.regret <= 1e-12 * self.rule_value:
            return 0.0
        return self.regret / self.best_value if self.best_value > 0.0 else float("inf")


def _instance(values: ArrayLike, kill_probability: ArrayLike) -> tuple[Floats, Floats]:
    worth = np.atleast_1d(np.asarray(values, dtype=np.float64))
    chance = np.asarray(kill_probability, dtype=np.float64)
    chance = chance.reshape(0, worth.size) if chance.size == 0 else np.atleast_2d(chance)
    problems = []
    if not np.all(np.isfinite(worth) & (worth >= 0.0)):
        problems.append(Problem("wta", "values", None, "give finite values of 0 or more"))
    if chance.ndim != 2 or chance.shape[1] != worth.size:
        remedy = f"give one row for each weapon and one column for each of the {worth.size} targets"
        problems.append(Problem("wta", "kill_probability", chance.shape, remedy))
    elif not np.all((chance >= 0.0) & (chance <= 1.0)):
        problems.append(Problem("wta", "kill_probability", None, "give probabilities between 0 and 1"))
    if problems:
        raise InputError(problems)
    return worth, chance


def assign_marginal(values: ArrayLike, kill_probability: ArrayLike) -> Assignment:
    """Give weapons one by one to the pair of largest marginal return.

    Parameters
    ----------
    values : array_like, shape (targets,)
        Worth of stopping each target.
    kill_probability : array_like, shape (weapons, targets)
        Chance that one shot of the weapon stops the target; 0 where it cannot reach it [1].

    Returns
    -------
    Assignment
        With the bound of independent weapons; weapons without any return hold.
    """
    worth, chance = _instance(values, kill_probability)
    left = worth.copy()
    target = np.full(chance.shape[0], -1, dtype=np.int64)
    gain = chance * left
    while gain.size and gain.max() > 0.0:
        weapon, goal = (int(k) for k in np.unravel_index(int(gain.argmax()), gain.shape))
        target[weapon] = goal
        left[goal] *= 1.0 - chance[weapon, goal]
        gain = np.where((target == -1)[:, np.newaxis], chance * left, 0.0)
    return Assignment(target, float(left.sum()), _bound(worth, chance), False)


def _bound(left: Floats, chance: Floats) -> float:
    """Least value that can survive: returns diminish, so each weapon alone gains at most this much."""
    gain = float((chance * left).max(axis=1, initial=0.0).sum()) if chance.size else 0.0
    return max(0.0, float(left.sum()) - gain)


def assign_exact(
    values: ArrayLike, kill_probability: ArrayLike, *, node_limit: int = 2_000_000
) -> Assignment:
    """Find the assignment of least expected surviving value by branch and bound.

    Parameters
    ----------
    values, kill_probability : array_like
        As in `assign_marginal`; meant for small instances, ten weapons or so.
    node_limit : int
        Budget of nodes; when it is spent the best found is given with the bound, `optimal` being False. Beyond
        `MOST_WEAPONS` weapons that is the marginal-return rule's own.

    Returns
    -------
    Assignment
    """
    worth, chance = _instance(values, kill_probability)
    start = assign_marginal(worth, chance)
    weapons = chance.shape[0]
    if weapons > MOST_WEAPONS:
        return start
    # Weapons that can do most first: their choice decides most.
    order = np.argsort(-(chance * worth).max(axis=1, initial=0.0), kind="stable") if weapons else np.arange(0)
    best_value, best = start.surviving_value, start.target.copy()
    # Rounding, not worth: relative to what is at stake, so that scaled values give the same assignment.
    least = 1e-12 * float(worth.sum())
    chosen = np.full(weapons, -1, dtype=np.int64)
    nodes = 0

    def descend(depth: int, left: Floats) -> None:
        nonlocal best_value, best, nodes
        nodes += 1
        if nodes > node_limit:
            return
        if left.sum() < best_value - least:
            best_value, best = float(left.sum()), chosen.copy()
        if depth == weapons or _bound(left, chance[order[depth:]]) >= best_value - least:
            return
        weapon = order[depth]
        gain = chance[weapon] * left
        for goal in np.argsort(-gain, kind="stable"):
            if gain[goal] <= 0.0:
                break
            after = left.copy()
            after[goal] *= 1.0 - chance[weapon, goal]
            chosen[weapon] = goal
            descend(depth + 1, after)
        chosen[weapon] = -1
        if not gain.any():
            descend(depth + 1, left)

    descend(0, worth)
    optimal = nodes <= node_limit
    return Assignment(best, best_value, best_value if optimal else start.bound, optimal)


def static_regret(values: ArrayLike, kill_probability: ArrayLike, *, node_limit: int = 2_000_000) -> Regret:
    """Regret of the marginal-return rule on one salvo; against the bound where the optimum was not proved."""
    best = assign_exact(values, kill_probability, node_limit=node_limit)
    return Regret(assign_marginal(values, kill_probability).surviving_value, best.bound)


def dynamic_regret(values: ArrayLike, kill_probability: ArrayLike, *, horizon: int = 1) -> Regret:
    """Regret of the rolling-horizon rule over several stages with a look after each.

    At every stage each weapon with rounds left may fire once at a target that still flies; outcomes are seen
    before the next stage. The rule plans the coming `horizon` stages by marginal return and fires what the
    plan gives to the present one; the optimum is found by dynamic programming over who lives and who has
    fired.

    Parameters
    ----------
    values : array_like, shape (targets,)
        Worth of stopping each target.
    kill_probability : array_like, shape (stages, weapons, targets)
        Chance that the weapon's one round stops the target when fired at that stage; 0 where it cannot [1].
    horizon : int
        Stages that the rule looks at, the present one included.

    Returns
    -------
    Regret

    Raises
    ------
    InputError
        When the instance has more than four weapons or five targets, beyond which enumeration is hopeless.
    """
    chance = np.asarray(kill_probability, dtype=np.float64)
    worth = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if chance.ndim != 3 or chance.shape[1] > 4 or worth.size > 5 or chance.shape[2] != worth.size:
        remedy = "give (stages, weapons, targets) with at most four weapons and five targets"
        raise InputError.one("wta", "kill_probability", chance.shape, remedy)
    for stage in chance:
        _instance(worth, stage)
    if horizon < 1:
        raise InputError.one("wta", "horizon", horizon, "look at one stage or more")
    stages, weapons, targets = chance.shape

    def value(decide: Any) -> float:
        @cache
        def surviving(stage: int, alive: int, armed: int) -> float:
            here = float(sum(worth[k] for k in range(targets) if alive >> k & 1))
            if stage == stages or alive == 0 or armed == 0:
                return here
            return float(
                min(
                    _expected(surviving, chance[stage], stage, alive, armed, shot)
                    for shot in decide(stage, alive, armed)
                )
            )

        return surviving(0, (1 << targets) - 1, (1 << weapons) - 1)

    def every(stage: int, alive: int, armed: int) -> Iterator[tuple[int, ...]]:
        goals = [
            [-1, *(k for k in range(targets) if alive >> k & 1 and chance[stage, w, k] > 0.0)]
            if armed >> w & 1
            else [-1]
            for w in range(weapons)
        ]
        return product(*goals)

    def rule(stage: int, alive: int, armed: int) -> list[tuple[int, ...]]:
        ahead = chance[stage : stage + horizon]
        left = np.array([worth[k] if alive >> k & 1 else 0.0 for k in range(targets)])
        shot = [-1] * weapons
        free = [w for w in range(weapons) if armed >> w & 1]
        while free:
            gain = ahead[:, free, :] * left
            # Of equal returns the earliest: argmax takes the first, and stages come first.
            s, w, k = (int(i) for i in np.unravel_index(int(gain.argmax()), gain.shape))
            if gain[s, w, k] <= 0.0:
                break
            left[k] *= 1.0 - ahead[s, free[w], k]
            if s == 0:
                shot[free[w]] = k
            del free[w]
        return [tuple(shot)]

    return Regret(value(rule), value(every))


def _expected(
    surviving: Any, chance: Floats, stage: int, alive: int, armed: int, shot: tuple[int, ...]
) -> float:
    """Expected surviving value after one stage's shots, over who is hit."""
    survive: dict[int, float] = {}
    for weapon, goal in enumerate(shot):
        if goal >= 0:
            armed &= ~(1 << weapon)
            survive[goal] = survive.get(goal, 1.0) * (1.0 - float(chance[weapon, goal]))
    total = 0.0
    goals = list(survive)
    for hits in product((False, True), repeat=len(goals)):
        probability, after = 1.0, alive
        for goal, hit in zip(goals, hits, strict=True):
            probability *= 1.0 - survive[goal] if hit else survive[goal]
            if hit:
                after &= ~(1 << goal)
        if probability > 0.0:
            total += probability * surviving(stage + 1, after, armed)
    return total
