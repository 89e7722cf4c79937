"""Slow, obvious twin of `egide.kernels.laydown_bound`: the same steps with dense matrices."""

import numpy as np


def matrices(rows, options, points):
    """Dense matrices, points x options: sensors, layers, and layers cued without sensing for others."""
    indptr, indices, flags, amounts = rows
    senses, engages, alone = (np.zeros((points, options)) for _ in range(3))
    for option in range(options):
        for at in range(indptr[option], indptr[option + 1]):
            p, flag, amount = indices[at], int(flags[at]), float(amounts[at])
            senses[p, option] += bool(flag & 1)
            engages[p, option] += amount * bool(flag & 2)
            alone[p, option] += amount * (bool(flag & 4) and not flag & 1)
    return senses, engages, alone


def profits(rows, price, options):
    """Sum of the prices of what each option gives."""
    return sum(price[:, n] @ part for n, part in enumerate(matrices(rows, options, len(price))))


def loads(rows, share, points):
    """What shares of options give each point."""
    return np.stack([part @ share for part in matrices(rows, share.size, points)], axis=1)


def step(relaxed, rows, paces, now, balance):
    """One primal-dual step; returns the new iterate."""
    points, options = now.sensor.size, now.option.size
    kinds = np.eye(now.kind.size)[relaxed.kind].T
    sites = np.eye(now.site.size)[relaxed.site].T
    layer_point = np.repeat(np.arange(points), np.diff(relaxed.layer_ptr))
    of_point = np.eye(points)[layer_point].T

    worth = profits(rows, now.price, options) - kinds.T @ now.kind - sites.T @ now.site
    option = np.clip(now.option + balance * paces.option * worth, 0.0, 1.0)
    ahead = 2.0 * option - now.option
    kind = np.maximum(now.kind + paces.kind / balance * (kinds @ ahead - relaxed.units), 0.0)
    site = np.maximum(now.site + paces.site / balance * (sites @ ahead - relaxed.room), 0.0)
    load = loads(rows, ahead, points) + relaxed.base

    worth = relaxed.sensor_worth - now.price[:, 0] + of_point @ now.cue
    sensor = np.clip(now.sensor + balance * paces.sensor * worth, 0.0, 1.0) * relaxed.can_be_sensed
    sensor_ahead = 2.0 * sensor - now.sensor
    worth = relaxed.layer_worth - now.price[layer_point, 1] - now.cue
    layer = np.clip(now.layer + balance * paces.layer * worth, 0.0, 1.0)
    layer_ahead = 2.0 * layer - now.layer
    over = layer_ahead - sensor_ahead[layer_point] - load[layer_point, 2]
    cue = np.maximum(now.cue + paces.cue / balance * over, 0.0)
    over = np.stack([sensor_ahead - load[:, 0], of_point @ layer_ahead - load[:, 1]], axis=1)
    price = np.maximum(now.price[:, :2] + paces.price / balance * over, 0.0)
    price = np.concatenate([price, (of_point @ cue)[:, None]], axis=1)
    return now._replace(
        option=option, sensor=sensor, layer=layer, price=price, cue=cue, kind=kind, site=site,
        price_sum=now.price_sum + price,
    )  # fmt: skip
