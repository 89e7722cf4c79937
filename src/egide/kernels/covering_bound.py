"""Bounds on covering problems by a primal-dual method on the linear relaxation.

The relaxation of "choose x to maximise sum_j w_j f((Ax)_j)", f the least concave function above the value
of a count, has the dual  sum_j w_j h(u_j) + max over x of x . A'(w u),  h(u) = sum_k width_k (slope_k - u)+.
Every u >= 0 gives a bound; the steps below (Chambolle and Pock 2011, with the diagonal steps of Pock and
Chambolle 2011) only look for a good one.
"""

from __future__ import annotations

import numpy as np

from egide.kernels.covering import Floats, Index, Ints
from egide.kernels.jit import jit


@jit
def site_prices(indptr: Ints, indices: Index, weights: Floats, prices: Floats) -> Floats:
    """Sum of weight times price over the points each site covers."""
    sites = indptr.shape[0] - 1
    total = np.empty(sites)
    for i in range(sites):
        acc = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            acc += weights[j] * prices[j]
        total[i] = acc
    return total


@jit
def point_slack(weights: Floats, prices: Floats, slopes: Floats, widths: Floats) -> float:
    """The part of the dual that belongs to the points: sum_j w_j sum_k width_k (slope_k - u_j)+."""
    total = 0.0
    for j in range(weights.shape[0]):
        acc = 0.0
        for k in range(slopes.shape[0]):
            if slopes[k] > prices[j]:
                acc += widths[k] * (slopes[k] - prices[j])
        total += weights[j] * acc
    return total


@jit
def relaxed_value(
    by_point: Ints, point_sites: Index, weights: Floats, share: Floats, slopes: Floats, widths: Floats
) -> float:
    """Value of a fractional choice in the relaxation: sum_j w_j f((Ax)_j)."""
    total = 0.0
    for j in range(weights.shape[0]):
        left = 0.0
        for q in range(by_point[j], by_point[j + 1]):
            left += share[point_sites[q]]
        acc = 0.0
        for k in range(slopes.shape[0]):
            part = min(left, widths[k])
            acc += slopes[k] * part
            left -= part
            if left <= 0.0:
                break
        total += weights[j] * acc
    return total


@jit
def project(wish: Floats, step: Floats, least: Floats, most: Floats, limit: float, out: Floats) -> None:
    """Nearest point of {least <= x <= most, sum x <= limit} in the norm sum (x - wish)^2 / step."""
    total = 0.0
    high = 0.0
    for i in range(wish.shape[0]):
        out[i] = min(most[i], max(least[i], wish[i]))
        total += out[i]
        high = max(high, (wish[i] - least[i]) / step[i])
    if total <= limit:
        return
    low = 0.0
    for _ in range(50):
        theta = 0.5 * (low + high)
        total = 0.0
        for i in range(wish.shape[0]):
            total += min(most[i], max(least[i], wish[i] - theta * step[i]))
        if total > limit:
            low = theta
        else:
            high = theta
    for i in range(wish.shape[0]):
        out[i] = min(most[i], max(least[i], wish[i] - high * step[i]))


@jit
def _new_price(price: float, step: float, cover: float, slopes: Floats, widths: Floats) -> float:
    """Proximal step of one point's dual price: solve u - step * width(slopes > u) = price - step * cover."""
    base = price - step * cover
    cumulated = 0.0
    for k in range(slopes.shape[0]):
        if base + step * cumulated >= slopes[k]:
            return float(min(base + step * cumulated, slopes[0]))
        cumulated += widths[k]
        if base + step * cumulated >= slopes[k]:
            return float(slopes[k])
    return max(0.0, base + step * cumulated)


@jit
def primal_dual_steps(
    indptr: Ints,
    indices: Index,
    by_point: Ints,
    point_sites: Index,
    weights: Floats,
    slopes: Floats,
    widths: Floats,
    least: Floats,
    most: Floats,
    limit: float,
    costs: Floats,
    budget: float,
    balance: float,
    iterations: int,
    share: Floats,
    prices: Floats,
    money: Floats,
    share_sum: Floats,
    price_sum: Floats,
) -> None:
    """Run steps of the primal-dual method in place, and add every iterate to the running sums.

    `share` is x, `prices` is u, `money[0]` the price of the budget (a budget of infinity has none);
    `money[1]` gathers its sum. `balance` trades primal for dual step length; any positive value converges.
    """
    sites = indptr.shape[0] - 1
    points = weights.shape[0]
    limited = budget < np.inf
    site_step = np.empty(sites)
    cost_sum = 0.0
    for i in range(sites):
        acc = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            acc += weights[indices[k]]
        site_step[i] = balance / (acc + costs[i] if limited else acc)
        cost_sum += costs[i]
    money_step = 1.0 / (balance * max(cost_sum, 1e-300))
    wish = np.empty(sites)
    ahead = np.empty(sites)
    fresh = np.empty(sites)
    for _ in range(iterations):
        for i in range(sites):
            acc = -money[0] * costs[i] if limited else 0.0
            for k in range(indptr[i], indptr[i + 1]):
                j = indices[k]
                acc += weights[j] * prices[j]
            wish[i] = share[i] + site_step[i] * acc
        project(wish, site_step, least, most, limit, fresh)
        paid = 0.0
        for i in range(sites):
            ahead[i] = 2.0 * fresh[i] - share[i]
            share[i] = fresh[i]
            share_sum[i] += fresh[i]
            paid += costs[i] * ahead[i]
        for j in range(points):
            first = by_point[j]
            last = by_point[j + 1]
            cover = 0.0
            for q in range(first, last):
                cover += ahead[point_sites[q]]
            # The row of point j is scaled by its weight, so its own step is 1 / (balance * degree).
            prices[j] = _new_price(prices[j], 1.0 / (balance * (last - first)), cover, slopes, widths)
            price_sum[j] += prices[j]
        if limited:
            money[0] = max(0.0, money[0] + money_step * (paid - budget))
            money[1] += money[0]
