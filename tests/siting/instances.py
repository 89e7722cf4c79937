"""Small and middling instances shared by the tests of the covering problems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st


@dataclass(frozen=True)
class Instance:
    cover: np.ndarray
    weights: np.ndarray
    limit: int
    costs: np.ndarray | None
    budget: float | None

    @property
    def rows(self):
        return sp.csr_array(self.cover)

    @property
    def money(self):
        return {"costs": self.costs, "budget": self.budget}


@st.composite
def small(draw, most_sites=7, most_points=10):
    """An instance small enough to try every choice; weights may be 0, rows and columns empty."""
    sites, points = draw(st.integers(1, most_sites)), draw(st.integers(1, most_points))
    bits = draw(st.lists(st.booleans(), min_size=sites * points, max_size=sites * points))
    weights = draw(st.lists(st.integers(0, 9), min_size=points, max_size=points))
    costs = budget = None
    if draw(st.booleans()):
        costs = np.array(draw(st.lists(st.integers(0, 4), min_size=sites, max_size=sites)), float)
        budget = float(draw(st.integers(0, 10)))
    scale = draw(st.sampled_from([1.0, 0.37]))
    limit = draw(st.integers(0, sites + 1))
    cover = np.array(bits).reshape(sites, points)
    return Instance(cover, np.array(weights) * scale, limit, costs, budget)


def planar(sites, points, radius, seed, side=30.0):
    """Sites and points uniform on a square, whole weights from 1 to 100."""
    draw = np.random.default_rng(seed)
    at, of = draw.uniform(0, side, (sites, 2)), draw.uniform(0, side, (points, 2))
    weights = draw.integers(1, 101, points).astype(float)
    near = ((at[:, None, :] - of[None, :, :]) ** 2).sum(axis=2) <= radius**2
    return sp.csr_array(near), weights


def same_number(found, wanted):
    """Equal within what branch and cut promises."""
    return abs(found - wanted) <= 1e-6 * max(1.0, abs(wanted))


def holds(answer, best, *, minimise=False):
    """What every answer of a finished search must satisfy, given the true best value."""
    sign = -1.0 if minimise else 1.0
    slack = 1e-6 * max(1.0, abs(best))
    assert sign * answer.objective <= sign * best + slack
    assert sign * answer.bound >= sign * best - slack
    assert sign * answer.bound >= sign * answer.objective
    distance = sign * (answer.bound - answer.objective)
    assert answer.gap == (distance / answer.objective if distance else 0.0)
    if answer.status == "optimal":
        assert same_number(answer.objective, best)
    assert (np.diff(answer.sites) >= 0).all()
