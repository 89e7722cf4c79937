"""The linear relaxation of a count problem, solved from above: every step leaves a valid bound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.kernels.covering_bound import point_slack, primal_dual_steps, relaxed_value, site_prices
from egide.siting.counts import CountProblem, paid_bound

_ROUNDING = 1e-11  # share added to a bound for the rounding of its sums
_PATIENCE = 16  # advances without halving before the averages restart


class Relaxation:
    """Primal-dual iterates of one problem; `bound` only falls, `advance` does a fixed amount of work.

    Parameters
    ----------
    problem : CountProblem
        With at least one site and one point.
    least, most : ndarray of float64, optional
        Units a site must hold and may hold; by default 0 and the copies of the problem.
    begin : tuple of ndarray, optional
        Shares of the sites and prices of the points to begin from.
    """

    def __init__(
        self,
        problem: CountProblem,
        least: NDArray[np.float64] | None = None,
        most: NDArray[np.float64] | None = None,
        begin: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
        balance: float = 0.3,
    ) -> None:
        r = problem.reduced
        self.problem = problem
        self.slopes, self.widths = problem.envelope()
        sites, points = r.sites.shape[0], r.weights.shape[0]
        self.least: NDArray[np.float64] = np.zeros(sites) if least is None else least
        self.most: NDArray[np.float64] = np.full(sites, float(problem.copies)) if most is None else most
        if begin is None:
            share: NDArray[np.float64] = np.full(sites, min(problem.copies, problem.limit / sites))
            prices: NDArray[np.float64] = self.slopes[0] / np.maximum(np.diff(r.by_point), 1)
        else:
            share, prices = np.clip(begin[0], self.least, self.most), begin[1].astype(np.float64)
        self.share, self.prices = share, prices
        self._money = np.zeros(2)
        self._share_sum, self._price_sum = np.zeros(sites), np.zeros(points)
        self._summed = 0
        self.balance = balance
        self._tries = 0
        self._last_gap = np.inf
        self._from = (self.share.copy(), self.prices.copy())
        self.best_prices = self.prices.copy()
        self.bound = np.inf
        self.relaxed = 0.0
        self._judge(self.share, self.prices)

    def advance(self, iterations: int) -> None:
        """Take steps, then keep whichever of the last iterate and the average is better."""
        problem, r = self.problem, self.problem.reduced
        primal_dual_steps(
            r.indptr, r.indices, r.by_point, r.point_sites, r.weights, self.slopes, self.widths,
            self.least, self.most, float(problem.limit), r.costs, problem.budget,
            self.balance, iterations, self.share, self.prices, self._money, self._share_sum, self._price_sum,
        )  # fmt: skip
        self._summed += iterations
        self._tries += 1
        mean = (self._share_sum / self._summed, self._price_sum / self._summed)
        gap_last = self._judge(self.share, self.prices)
        gap_mean = self._judge(*mean)
        if min(gap_last, gap_mean) < 0.5 * self._last_gap or self._tries >= _PATIENCE:
            if gap_mean < gap_last:
                self.share[:], self.prices[:] = mean
                self._money[0] = self._money[1] / self._summed
            self._restart(min(gap_last, gap_mean))

    def converged(self, share: float) -> bool:
        """Whether the bound is within a share of the relaxation's own best value."""
        return self.bound - self.relaxed <= share * max(self.relaxed, 1e-300)

    def slack_of_sites(self) -> tuple[NDArray[np.float64], float]:
        """Price of each site at the best bound, and that bound before rounding."""
        r = self.problem.reduced
        prices = site_prices(r.indptr, r.indices, r.weights, self.best_prices)
        return prices, self._dual(prices, self.best_prices)

    def _dual(self, site: NDArray[np.float64], prices: NDArray[np.float64]) -> float:
        p = self.problem
        paid = paid_bound(site, self.least, self.most, p.limit, p.reduced.costs, p.budget)
        return (paid + point_slack(p.reduced.weights, prices, self.slopes, self.widths)) * (1.0 + _ROUNDING)

    def _judge(self, share: NDArray[np.float64], prices: NDArray[np.float64]) -> float:
        """Note the bound and the relaxed value of a pair; return how far apart they are."""
        r = self.problem.reduced
        bound = self._dual(site_prices(r.indptr, r.indices, r.weights, prices), prices)
        if bound < self.bound:
            self.bound = bound
            self.best_prices = prices.copy()
        value = relaxed_value(r.by_point, r.point_sites, r.weights, share, self.slopes, self.widths)
        paid = float(r.costs @ share)
        if np.isfinite(self.problem.budget) and paid > self.problem.budget:
            value *= self.problem.budget / paid  # concave and 0 at 0, so a shrunk choice is worth as much
        self.relaxed = max(self.relaxed, value)
        return bound - value

    def _restart(self, gap: float) -> None:
        """Begin a new average; weigh primal against dual steps by how far each moved."""
        r = self.problem.reduced
        moved = float(np.linalg.norm(self.share - self._from[0]))
        priced = float(np.sqrt(np.mean((self.prices - self._from[1]) ** 2) * r.sites.shape[0]))
        if moved > 1e-9 and priced > 1e-9:
            wanted = np.clip(moved / priced, 0.02, 5.0)
            self.balance = float(np.exp(0.7 * np.log(self.balance) + 0.3 * np.log(wanted)))
        self._from = (self.share.copy(), self.prices.copy())
        self._share_sum[:] = 0.0
        self._price_sum[:] = 0.0
        self._money[1] = 0.0
        self._summed = 0
        self._tries = 0
        self._last_gap = gap
