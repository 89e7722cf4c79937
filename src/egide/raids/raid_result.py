"""The result of `simulate`: what came of a raid, trial by trial, for one laydown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError, Problem
from egide.raids.compare import mean_half_width
from egide.raids.outcome import RaidOutcome
from egide.raids.replays import Flown, RaidReplay, raid_replay

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Levels of the predictive quantiles that are reported."""

NOT_STATED = "not stated"
"""Stands for a figure that would need a number nobody entered."""

SATURATED_FRACTION = 0.5
"""A unit counts as saturated in a time bin when every channel is busy for at least this share of it."""


@dataclass(frozen=True)
class Saturation:
    """A stretch of time in which a unit had every channel busy most of the time."""

    unit: str
    site: str
    from_s: float
    """Since the raid began [s]."""
    to_s: float
    full_fraction: float
    """Largest share of a time bin with every channel busy, mean over trials [1]."""


@dataclass(frozen=True)
class RaidResult:
    """What came of a raid, trial by trial, for one laydown.

    Spread over trials is chance in the raid and between nights; `monte_carlo_error` is how well its mean is
    known. Neither holds the ignorance about the inputs, which are assumptions by class.
    """

    raid: str
    laydown: str
    trials: int
    seed: int
    notional: bool
    types: tuple[str, ...]
    """Threat types that were launched."""
    decoy: tuple[bool, ...]
    """Whether the type is a decoy, which harms nobody when it arrives."""
    launched: tuple[int, ...]
    """Threats launched of each type."""
    targets: tuple[str, ...]
    """Assets that were flown to."""
    items: tuple[str, ...]
    """Rounds that were fired."""
    stages: tuple[str, ...]
    """Outcomes of one threat; from `not seen` on it got through, and the word says at which stage."""
    through_by_type: NDArray[np.int32]
    """Threats of each type that got through, shape (trials, types)."""
    through_by_target: NDArray[np.int32]
    """Threats, decoys apart, that got through to each asset, shape (trials, targets)."""
    rounds_by_item: NDArray[np.int32]
    """Rounds fired of each item, shape (trials, items)."""
    cost_eur: NDArray[np.float64]
    """Cost of the rounds fired [EUR], shape (trials,)."""
    people_exposed: NDArray[np.float64]
    """People at assets that at least one leaker reached, shape (trials,); relative, never a forecast."""
    stage_mean: NDArray[np.float64]
    """Mean threats of each type that ended in each outcome, shape (types, stages)."""
    warning_s: NDArray[np.float64]
    """Quantiles at `LEVELS` of the warning at each asset [s], shape (targets, levels); NaN: never tracked."""
    protected_fraction: NDArray[np.float64]
    """Share of trials in which no leaker reached the asset [1], shape (targets,)."""
    units: tuple[str, ...]
    """Fire units of the laydown."""
    busy_fraction: NDArray[np.float64]
    """Share of time with every channel busy, by unit and time bin [1], shape (units, bins)."""
    bin_s: float
    """Width of a time bin [s]."""
    reported_through: int | None
    """Leakers as reported by the defender, one draw and no proof; None when the raid is no real one."""
    scenario_hash: str
    outcome: RaidOutcome | None = None
    """Every trial in full, for replays; None when the result was read from files."""
    flown: Flown | None = None
    """Routes of the raid, thinned for drawing."""
    sites: tuple[str, ...] = ()
    """Site of each fire unit."""
    channels: tuple[int, ...] = ()
    """Channels of each fire unit."""
    busy_mean: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    """Mean number of busy channels, by unit and time bin [1], shape (units, bins)."""
    people_in_all: float = 0.0
    """People at the assets that were flown to."""
    value_eur: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Replacement value of each asset flown to [EUR], shape (targets,); 0 where not stated."""
    item_price_eur: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Price of one round of each item [EUR], shape (items,); NaN without one, which counts as free."""

    threat_price_eur: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Price of one threat of each type [EUR], shape (types,); NaN where the catalogue states none."""
    rounds_by_unit: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    """Mean rounds each fire unit fires at each type in one raid, shape (units, types)."""

    @property
    def leakers(self) -> NDArray[np.int64]:
        """Threats that got through, decoys apart, shape (trials,)."""
        return np.asarray(self.through_by_target.sum(axis=1, dtype=np.int64))

    @property
    def through(self) -> NDArray[np.int64]:
        """All that got through, decoys too, as bulletins count, shape (trials,)."""
        return np.asarray(self.through_by_type.sum(axis=1, dtype=np.int64))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Items without a price in the catalogue; they count as free in `cost_eur`."""
        return tuple(
            item for item, price in zip(self.items, self.item_price_eur, strict=False) if np.isnan(price)
        )

    @property
    def half_width(self) -> float:
        """Half-width of the 95 % interval of the mean of `leakers`: Monte-Carlo error only."""
        return mean_half_width(self.leakers)

    @property
    def value_protected_eur(self) -> NDArray[np.float64] | None:
        """Replacement value of assets that no leaker reached [EUR], shape (trials,); None where one is not stated."""
        if self.value_eur.size == 0 or not (self.value_eur > 0.0).all():
            return None
        return np.asarray((self.through_by_target == 0) @ self.value_eur, dtype=np.float64)

    def cost_exchange(
        self, threat_price_eur: Mapping[str, float] | None = None
    ) -> NDArray[np.float64] | None:
        """Cost of the rounds fired over the price of the threats stopped, trial by trial.

        Parameters
        ----------
        threat_price_eur : mapping of str to float, optional
            Price of one threat by type [EUR]; for types left out the catalogue's.

        Returns
        -------
        ndarray or None
            Shape (trials,), infinity where nothing was stopped; None (not stated) unless every type launched
            and every round fired has a price. Soft kills and losses count as stopped, as in bulletins.

        Raises
        ------
        InputError
            For a type that was not launched, or a price that is no positive number.
        """
        stated = dict(threat_price_eur or {})
        problems = [
            Problem("cost_exchange", f"threat_price_eur[{name}]", price, remedy)
            for name, price in stated.items()
            for wrong, remedy in (
                (name not in self.types, f"was not launched; types are {', '.join(self.types)}"),
                (not (np.isfinite(price) and price > 0.0), "give a price above 0"),
            )
            if wrong
        ]
        if problems:
            raise InputError(problems)
        price = self._prices(stated)
        if self.unpriced or not np.isfinite(price).all():
            return None
        stopped = (np.array(self.launched) - self.through_by_type) @ price
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(stopped > 0.0, self.cost_eur / stopped, np.inf), dtype=np.float64)

    def _prices(self, stated: Mapping[str, float]) -> NDArray[np.float64]:
        """Price of one threat of each type [EUR], NaN without one, shape (types,)."""
        known = self.threat_price_eur if self.threat_price_eur.size else np.full(len(self.types), np.nan)
        return np.array([stated.get(name, known[number]) for number, name in enumerate(self.types)])

    def unpriced_threats(self, threat_price_eur: Mapping[str, float] | None = None) -> tuple[str, ...]:
        """Types launched that have a price neither here nor in the catalogue."""
        price = self._prices(threat_price_eur or {})
        return tuple(name for name, value in zip(self.types, price, strict=True) if np.isnan(value))

    def saturation(self, least_fraction: float = SATURATED_FRACTION) -> tuple[Saturation, ...]:
        """Where and when fire channels were full, worst first.

        Parameters
        ----------
        least_fraction : float
            Share of a time bin with every channel busy from which a unit counts as saturated [1].
        """
        found = []
        for number, unit in enumerate(self.units):
            full = np.flatnonzero(self.busy_fraction[number] >= least_fraction)
            if full.size == 0:
                continue
            for run in np.split(full, np.flatnonzero(np.diff(full) > 1) + 1):
                found.append(
                    Saturation(
                        unit, self.sites[number] if self.sites else "",
                        float(run[0] * self.bin_s), float((run[-1] + 1) * self.bin_s),
                        float(self.busy_fraction[number, run].max()),
                    )
                )  # fmt: skip
        return tuple(sorted(found, key=lambda s: (-(s.to_s - s.from_s), s.unit, s.from_s)))

    def summary(self) -> list[dict[str, Any]]:
        """Leakers by type, and in all with and without decoys: mean, errors, quantiles."""
        rows = [
            _row("all, decoys apart", self._harmful, self.leakers),
            _row("all", sum(self.launched), self.through),
        ]
        for number, name in enumerate(self.types):
            rows.append(_row(name, self.launched[number], self.through_by_type[:, number]))
        return rows

    @property
    def _harmful(self) -> int:
        return sum(n for n, decoy in zip(self.launched, self.decoy, strict=True) if not decoy)

    def through_quantiles(self, targets: Collection[str]) -> dict[str, float]:
        """Predictive quantiles of the threats, decoys apart, that got through to some of the assets together.

        Raises
        ------
        InputError
            For an asset that was not flown to.
        """
        unknown = sorted(set(targets) - set(self.targets))
        if unknown:
            remedy = f"was not flown to; targets are {', '.join(self.targets)}"
            raise InputError.one("through_quantiles", "targets", unknown[0], remedy)
        at = [number for number, name in enumerate(self.targets) if name in targets]
        return quantiles(self.through_by_target[:, at].sum(axis=1))

    def to_frame(self) -> pd.DataFrame:
        """The summary as a table."""
        import pandas as pd

        return pd.DataFrame(self.summary()).set_index("who")

    def replay(self, trial: int) -> RaidReplay:
        """Flights and events of one trial, with their times and places.

        Raises
        ------
        InputError
            When the trial was not run, or the result was read from files and holds no trial in full.
        """
        if self.outcome is None or self.flown is None:
            remedy = "was read from files; simulate again with the same seed, which gives the same trials"
            raise InputError.one("RaidResult", "replay", None, remedy)
        return raid_replay(self.outcome.replay(trial), self.flown)

    def _rounds(self) -> list[dict[str, Any]]:
        """Rounds of each item and what they cost; None where the catalogue states no price."""
        rows = []
        prices = self.item_price_eur if self.item_price_eur.size else np.full(len(self.items), np.nan)
        for item, column, price in zip(self.items, self.rounds_by_item.T, prices, strict=True):
            mean = float(column.mean())
            cost = None if np.isnan(price) else mean * float(price)
            rows.append({"item": item, "mean": mean, **quantiles(column), "mean_cost_eur": cost})
        return rows

    def to_json(self) -> dict[str, Any]:
        """Summaries as plain data."""
        value = self.value_protected_eur
        return {
            "raid": self.raid,
            "laydown": self.laydown,
            "notional": self.notional,
            "trials": self.trials,
            "seed": self.seed,
            "through": [
                {name: None if value != value else value for name, value in row.items()}
                for row in self.summary()
            ],
            "reported_through": self.reported_through,
            "through_by_asset": [
                {"asset": target, "mean": float(column.mean()), **quantiles(column)}
                for target, column in zip(self.targets, self.through_by_target.T, strict=True)
            ],
            "rounds": self._rounds(),
            "cost_eur": {"mean": float(self.cost_eur.mean()), **quantiles(self.cost_eur)},
            "unpriced": list(self.unpriced),
            "cost_exchange": exchange_words(self.cost_exchange()),
            "people_exposed": {"mean": float(self.people_exposed.mean()), **quantiles(self.people_exposed)},
            "people_in_all": self.people_in_all,
            "value_protected_eur": NOT_STATED
            if value is None
            else {"mean": float(value.mean()), **quantiles(value)},
            "protected": dict(zip(self.targets, self.protected_fraction.tolist(), strict=True)),
            "warning_s": {
                target: dict(zip(_names(), (None if np.isnan(v) else float(v) for v in row), strict=True))
                for target, row in zip(self.targets, self.warning_s, strict=True)
            },
            "saturation": [
                {"unit": s.unit, "from_s": s.from_s, "to_s": s.to_s, "full_fraction": s.full_fraction}
                for s in self.saturation()
            ],
            "busy": {
                "bin_s": self.bin_s,
                "channels": int(sum(self.channels)),
                "mean_busy": np.round(self.busy_mean.sum(axis=0), 3).tolist(),
            },
            "stages": {
                name: dict(zip(self.stages, row.tolist(), strict=True))
                for name, row in zip(self.types, self.stage_mean, strict=True)
            },
            "scenario_hash": self.scenario_hash,
        }


def exchange_words(ratio: NDArray[np.float64] | None) -> dict[str, Any] | str:
    """Mean and quantiles of a cost-exchange ratio over the nights on which anything was stopped."""
    finite = np.zeros(0) if ratio is None else ratio[np.isfinite(ratio)]
    if ratio is None or finite.size == 0:
        return NOT_STATED
    return {
        "mean": float(finite.mean()), **quantiles(finite), "nights_without_a_stop": int(ratio.size - finite.size),
    }  # fmt: skip


def _names() -> list[str]:
    return [f"q{round(100 * level):02d}" for level in LEVELS]


def quantiles(values: NDArray[Any]) -> dict[str, float]:
    """Predictive quantiles at `LEVELS`, by name such as `q90`."""
    found = np.quantile(values, LEVELS, method="inverted_cdf")
    return {name: float(value) for name, value in zip(_names(), found, strict=True)}


def _row(who: str, launched: int, counts: NDArray[Any]) -> dict[str, Any]:
    error = counts.std(ddof=1) / np.sqrt(counts.size) if counts.size > 1 else float("nan")
    return {
        "who": who, "launched": launched, "mean": float(counts.mean()), "monte_carlo_error": float(error),
        **quantiles(counts),
    }  # fmt: skip
