"""Branch and bound on the primal-dual relaxation, for count problems with a concave value.

A node fixes some sites in and some out. Its bound comes from the prices of its parent, moved a few steps,
so that a node costs milliseconds; HiGHS would solve a linear programme there.
"""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egide.kernels.covering_bound import site_prices
from egide.siting.clock import Clock
from egide.siting.counts import CountProblem
from egide.siting.relaxation import Relaxation

_CHUNKS = 6
_STEPS = 20
_STALE = 0.3  # a relaxation above the target ends a node once its bound is this near


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Sites held in and out, and the parent's shares and prices to begin from."""

    bound: float
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    share: NDArray[np.float64]
    prices: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """What the tree proved: no choice beats `bound`; `best` is the best choice met at a leaf, if any."""

    bound: float
    best: NDArray[np.int64] | None
    closed: bool


def branch_and_bound(
    problem: CountProblem, root: Relaxation, target: float, nodes: int, clock: Clock
) -> Tree:
    """Split the problem until no open node can beat the target, or the nodes are spent.

    Parameters
    ----------
    problem : CountProblem
        Concave value, one unit a site, no budget.
    root : Relaxation
        Relaxation of the whole problem, already advanced.
    target : float
        Value above which a choice would matter; nodes bounded by it are closed.
    nodes : int
        Number of nodes at most.
    clock : Clock
        Its limit ends the search early.

    Returns
    -------
    Tree
        The bound is valid however the search ended, and never below the target.
    """
    r = problem.reduced
    size = np.add.reduceat(r.weights[r.indices], r.indptr[:-1])
    sites = r.sites.shape[0]
    first = Node(root.bound, np.zeros(sites), np.ones(sites), root.share.copy(), root.best_prices.copy())
    heap = [(-first.bound, 0, first)]
    spent = 0
    best: NDArray[np.int64] | None = None
    best_value = target
    with ThreadPoolExecutor(2) as pool:
        while heap and spent < nodes and not clock.over():
            _, _, node = heapq.heappop(heap)
            if node.bound <= best_value:
                return Tree(max(best_value, target), best, closed=True)
            least, most = _fixed(problem, node, best_value)
            if least.sum() > problem.limit:
                continue  # fixing asks for more sites than there are: nothing here beats the target
            free = most > least
            if not free.any() or least.sum() == problem.limit:
                leaf = np.nonzero(least > 0.0)[0]
                value = problem.objective(leaf)
                if value > best_value:
                    best, best_value = leaf, value
                continue
            site = _where_to_split(node.share, size, free)
            children = [_child(problem, least, most, site, held) for held in (False, True)]
            jobs = [
                pool.submit(_bounded, problem, node, low, high, best_value, root.balance)
                for low, high in children
            ]
            for (low, high), job in zip(children, jobs, strict=True):
                relaxed = job.result()
                spent += 1
                bound = min(node.bound, relaxed.bound)
                if bound > best_value:
                    child = Node(bound, low, high, relaxed.share, relaxed.best_prices)
                    heapq.heappush(heap, (-bound, spent, child))
    bound = max(best_value, -heap[0][0]) if heap else best_value
    return Tree(max(bound, target), best, closed=not heap)


def _fixed(
    problem: CountProblem, node: Node, target: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Reduced-cost fixing inside a node: sites that must be in, or out, in any choice above the target."""
    r = problem.reduced
    prices = site_prices(r.indptr, r.indices, r.weights, node.prices)
    free = node.most > node.least
    room = int(problem.limit - node.least.sum())
    order = np.sort(prices[free])[::-1]
    if not 0 < room < order.shape[0]:
        return node.least, node.most
    last, following = order[room - 1], order[room]
    # The bound of a node is that of its own prices or of its parent's, whichever is lower; the test below
    # needs the bound of these very prices, which is at least as high, so it is taken afresh.
    own = Relaxation(problem, node.least, node.most, (node.share, node.prices)).bound
    out = free & (prices < last) & (own - (last - prices) <= target)
    held = free & (prices > following) & (own - (prices - following) <= target)
    return np.where(held, 1.0, node.least), np.where(out, 0.0, node.most)


def _where_to_split(share: NDArray[np.float64], size: NDArray[np.float64], free: NDArray[np.bool_]) -> int:
    """The free site whose share is farthest from whole, weighed by what it covers."""
    unsure = np.minimum(share, 1.0 - share) * size * free
    if unsure.max() <= 1e-9 * size.max():
        unsure = (share + 1e-9) * size * free
    return int(np.argmax(unsure))


def _child(
    problem: CountProblem, least: NDArray[np.float64], most: NDArray[np.float64], site: int, held: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = least.copy(), most.copy()
    if held:
        low[site] = 1.0
        if low.sum() >= problem.limit:
            high = low.copy()
    else:
        high[site] = 0.0
    return low, high


def _bounded(
    problem: CountProblem, parent: Node, least: NDArray[np.float64], most: NDArray[np.float64],
    target: float, balance: float,
) -> Relaxation:  # fmt: skip
    """Relaxation of a child, advanced until it closes or shows that it will not."""
    relaxed = Relaxation(problem, least, most, (parent.share, parent.prices), balance)
    for _ in range(_CHUNKS):
        if relaxed.bound <= target:
            break
        if relaxed.relaxed > target and relaxed.bound - relaxed.relaxed < _STALE * (relaxed.bound - target):
            break
        relaxed.advance(_STEPS)
    return relaxed
