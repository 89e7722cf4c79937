"""Slow, obvious twins of `egide.kernels.covering_bound`, on dense matrices."""

from __future__ import annotations

import itertools

import numpy as np


def site_prices(cover, weights, prices):
    return np.array([sum(weights[j] * prices[j] for j in np.nonzero(row)[0]) for row in cover])


def point_slack(weights, prices, slopes, widths):
    return sum(
        w * sum(d * max(0.0, s - u) for s, d in zip(slopes, widths, strict=True))
        for w, u in zip(weights, prices, strict=True)
    )


def value_of_cover(cover_amount, slopes, widths):
    """The concave function with these slopes over these widths, by its corners."""
    at = np.concatenate(([0.0], np.cumsum(widths)))
    value = np.concatenate(([0.0], np.cumsum(np.multiply(slopes, widths))))
    return np.interp(cover_amount, at, value)


def relaxed_value(cover, weights, share, slopes, widths):
    return float(weights @ value_of_cover(share @ cover.astype(float), slopes, widths))


def project(wish, step, least, most, limit):
    """Try the multiplier at every kink, then solve the linear piece between two kinks."""
    if np.clip(wish, least, most).sum() <= limit:
        return np.clip(wish, least, most)
    kinks = np.unique(np.concatenate(([0.0], (wish - least) / step, (wish - most) / step)))
    kinks = kinks[kinks >= 0.0]

    def total(theta):
        return np.clip(wish - theta * step, least, most).sum()

    for low, high in itertools.pairwise(kinks):
        if total(low) >= limit >= total(high):
            a, b = total(low), total(high)
            theta = low if a == b else low + (a - limit) / (a - b) * (high - low)
            return np.clip(wish - theta * step, least, most)
    return np.array(least, float)


def new_price(price, step, cover, slopes, widths):
    """Minimise w h(u) + u w cover + w (u - price)^2 / (2 step) over a fine grid refined three times."""
    low, high = 0.0, float(slopes[0])

    def loss(u):
        slack = sum(d * np.maximum(0.0, s - u) for s, d in zip(slopes, widths, strict=True))
        return slack + u * cover + (u - price) ** 2 / (2.0 * step)

    for _ in range(6):
        grid = np.linspace(low, high, 401)
        best = int(np.argmin(loss(grid)))
        low, high = grid[max(0, best - 1)], grid[min(400, best + 1)]
    return 0.5 * (low + high)


def primal_dual_steps(cover, weights, slopes, widths, least, most, limit, balance, iterations, share, prices):
    """The same steps with matrices; returns the last iterates and their sums."""
    cover = cover.astype(float)
    site_step = balance / (cover @ weights)
    degree = cover.sum(axis=0)
    share_sum, price_sum = np.zeros_like(share), np.zeros_like(prices)
    for _ in range(iterations):
        wish = share + site_step * (cover @ (weights * prices))
        fresh = project(wish, site_step, least, most, limit)
        ahead = 2.0 * fresh - share
        share = fresh
        amount = ahead @ cover
        prices = np.array(
            [
                new_price(prices[j], 1.0 / (balance * degree[j]), amount[j], slopes, widths)
                for j in range(len(prices))
            ]
        )
        share_sum, price_sum = share_sum + share, price_sum + prices
    return share, prices, share_sum, price_sum
