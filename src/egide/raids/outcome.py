"""What came of a raid in every trial, and its summaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from egide.errors import InputError
from egide.kernels import raid_arrays as ra
from egide.raids.tables import RaidTables

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OUTCOMES = (
    "hard kill",
    "soft kill",
    "lost",
    "not seen",
    "no track",
    "wrong identity",
    "out of reach",
    "too late",
    "no channel",
    "no round",
    "missed",
)
"""Outcomes of a threat by code; from `not seen` on it got through, and the word says at which stage.

`not seen`: no detection at all; `no track`: detections, none confirmed; `wrong identity`: taken for harmless
in every picture that tracked it; `out of reach`: no unit that was ready had a window on it; `too late`: every
window closed before an order could still meet it, or before the unit's own sensor, where it must, had a track;
`no channel`: units with rounds were busy; `no round`: those that reached it had none they were allowed to
fire; `missed`: engaged, and it flew on.
"""

BALANCED = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Quantiles given by default: median, quartiles, 80 % and 90 % intervals."""


@dataclass(frozen=True, eq=False)
class Replay:
    """One trial, event by event.

    `threat` is a row of the raid's threats, or -1; `actor` a unit or picture, or empty; `value` the rounds
    of a shot, hit, miss or reload. The flight of each threat runs from `launch_s` to `end_s`.
    """

    trial: int
    t_s: Floats
    event: tuple[str, ...]
    threat: Ints
    actor: tuple[str, ...]
    value: Floats
    launch_s: Floats
    """(threats,) [s]"""
    end_s: Floats
    """(threats,) time of kill, soft kill, loss or arrival [s]"""
    code: NDArray[np.uint8]
    """(threats,) index into OUTCOMES"""

    def to_frame(self) -> pd.DataFrame:
        """Events as a table: t_s, event, threat, actor, value."""
        import pandas as pd

        return pd.DataFrame(
            {name: getattr(self, name) for name in ("t_s", "event", "threat", "actor", "value")}
        )


@dataclass(frozen=True, eq=False)
class RaidOutcome:
    """Outcome of every threat in every trial of a raid.

    Spread over trials is what one night may bring; `monte_carlo_error` is how well the means are known. They
    are never the same thing, and neither holds the ignorance about the inputs.
    """

    tables: RaidTables
    seed: int
    first_trial: int
    code: NDArray[np.uint8]
    """(trials, threats) index into OUTCOMES"""
    warning_s: NDArray[np.float32]
    """(trials, threats) from the first track to the arrival it was heading for, NaN without a track [s]"""
    shots: NDArray[np.int32]
    """(trials, units) rounds fired"""
    kills: NDArray[np.int32]
    """(trials, units) threats destroyed"""
    shots_by_class: Floats
    """(units, classes) mean rounds fired at each class in one trial"""
    bin_s: float
    """Width of the bins of time [s]"""
    busy_mean: Floats
    """(units, bins) mean number of busy channels [1]"""
    busy_max: Floats
    """(units, bins) largest number of busy channels in any trial, as the mean over the bin [1]"""
    full_fraction: Floats
    """(units, bins) share of the time with every channel busy [1]"""
    replayer: Callable[..., Replay]
    """Runs one trial again; the engine sets it."""

    @property
    def trials(self) -> int:
        """Number of trials."""
        return int(self.code.shape[0])

    def leaked(self) -> NDArray[np.bool_]:
        """(trials, threats) whether each threat got through."""
        return self.code >= ra.NOT_SEEN

    def leakers(self, *, decoys: bool = True) -> Ints:
        """(trials,) threats that got through; without `decoys`, only those that can do harm."""
        leaked = self.leaked()
        if not decoys:
            leaked = leaked & (self.tables.classes.decoy[self.tables.threats.class_index] == 0)
        return np.asarray(leaked.sum(axis=1), dtype=np.int64)

    def leakers_by_class(self) -> Ints:
        """(trials, classes) threats that got through."""
        return _by_group(self.leaked(), self.tables.threats.class_index, len(self.tables.classes.labels))

    def leakers_by_target(self, *, decoys: bool = False) -> Ints:
        """(trials, targets) threats that got through to each target, decoys left out unless asked for."""
        leaked = self.leaked()
        if not decoys:
            leaked = leaked & (self.tables.classes.decoy[self.tables.threats.class_index] == 0)
        return _by_group(leaked, self.tables.threats.target_index, len(self.tables.target_labels))

    def outcomes(self) -> Ints:
        """(trials, len(OUTCOMES)) number of threats with each outcome: the losses of the chain stage by
        stage."""
        return np.stack([(self.code == k).sum(axis=1) for k in range(len(OUTCOMES))], axis=1)

    def outcomes_by_class(self) -> Floats:
        """(classes, len(OUTCOMES)) mean number of threats with each outcome."""
        classes = len(self.tables.classes.labels)
        mean = np.zeros((classes, len(OUTCOMES)))
        for k in range(len(OUTCOMES)):
            share = (self.code == k).mean(axis=0)
            np.add.at(mean[:, k], self.tables.threats.class_index, share)
        return mean

    def warning_by_target(self, quantiles: Sequence[float] = BALANCED) -> Floats:
        """(targets, quantiles) warning time over threats and trials, NaN where no threat was ever tracked
        [s]."""
        targets = len(self.tables.target_labels)
        result = np.full((targets, len(quantiles)), np.nan)
        for k in range(targets):
            values = self.warning_s[:, self.tables.threats.target_index == k]
            values = values[np.isfinite(values)]
            if values.size:
                result[k] = np.quantile(values, quantiles)
        return result

    def exposed(self, weight_by_target: ArrayLike) -> Floats:
        """(trials,) sum of the weights of the targets that at least one leaker (no decoy) reached.

        With people as weights: people exposed. A relative measure, never a casualty forecast.
        """
        weights = np.asarray(weight_by_target, dtype=np.float64)
        if weights.shape != (len(self.tables.target_labels),):
            remedy = f"give one weight for each of the {len(self.tables.target_labels)} targets"
            raise InputError.one("RaidOutcome.exposed", "weight_by_target", weights.shape, remedy)
        return (self.leakers_by_target() > 0) @ weights

    def protected_fraction(self) -> Floats:
        """(targets,) share of trials in which no leaker (decoys apart) reached the target [1]."""
        return np.asarray((self.leakers_by_target() == 0).mean(axis=0), dtype=np.float64)

    def expenditure(self, price_by_unit: ArrayLike) -> Floats:
        """(trials,) cost of the rounds fired, at one price a round for each unit."""
        prices = np.asarray(price_by_unit, dtype=np.float64)
        if prices.shape != (self.shots.shape[1],):
            remedy = f"give one price for each of the {self.shots.shape[1]} units"
            raise InputError.one("RaidOutcome.expenditure", "price_by_unit", prices.shape, remedy)
        return self.shots @ prices

    def quantiles(self, of: str = "all", levels: Sequence[float] = BALANCED) -> Floats:
        """Predictive quantiles of the leakers of one night, over trials.

        Parameters
        ----------
        of : str
            `all`, `class` or `target`.
        levels : sequence of float
            Levels of the quantiles [1].

        Returns
        -------
        numpy.ndarray, shape (groups, levels)
        """
        counts = self._counts(of)
        return np.asarray(np.quantile(counts, levels, axis=0, method="inverted_cdf").T, dtype=np.float64)

    def means(self, of: str = "all") -> Floats:
        """(groups,) mean leakers; `of` as in `quantiles`."""
        return np.asarray(self._counts(of).mean(axis=0), dtype=np.float64)

    def monte_carlo_error(self, of: str = "all") -> Floats:
        """(groups,) standard error of the means: what more trials would shrink, and nothing else."""
        counts = self._counts(of)
        if self.trials < 2:
            return np.full(counts.shape[1], np.nan)
        return np.asarray(counts.std(axis=0, ddof=1) / np.sqrt(self.trials), dtype=np.float64)

    def _counts(self, of: str) -> Ints:
        if of == "all":
            return self.leakers()[:, np.newaxis]
        if of == "class":
            return self.leakers_by_class()
        if of == "target":
            return self.leakers_by_target()
        raise InputError.one("RaidOutcome", "of", of, "choose all, class or target")

    def to_frame(self) -> pd.DataFrame:
        """Leakers by group: launched, mean, Monte-Carlo error and predictive quantiles."""
        import pandas as pd

        classes, targets = self.tables.classes, self.tables.target_labels
        threats = self.tables.threats
        harmful = classes.decoy[threats.class_index] == 0
        groups = [("all", "all", len(threats))]
        counts = np.bincount(threats.class_index, minlength=len(classes.labels))
        groups += [("class", label, int(n)) for label, n in zip(classes.labels, counts, strict=True)]
        counts = np.bincount(threats.target_index[harmful], minlength=len(targets))
        groups += [("target", label, int(n)) for label, n in zip(targets, counts, strict=True)]
        every = ("all", "class", "target")
        frame = pd.DataFrame(groups, columns=["of", "label", "launched"])
        frame["mean"] = np.concatenate([self.means(of) for of in every])
        frame["monte_carlo_error"] = np.concatenate([self.monte_carlo_error(of) for of in every])
        levels = np.concatenate([self.quantiles(of) for of in every])
        for k, level in enumerate(BALANCED):
            frame[f"q{round(100 * level):02d}"] = levels[:, k]
        return frame

    def replay(self, trial: int) -> Replay:
        """Run one trial again, by its number from `first_trial` on, and give its events."""
        if not self.first_trial <= trial < self.first_trial + self.trials:
            last = self.first_trial + self.trials - 1
            remedy = f"choose a trial from {self.first_trial} to {last}"
            raise InputError.one("RaidOutcome.replay", "trial", trial, remedy)
        return self.replayer(self.tables, trial=trial, seed=self.seed)

    def joined(self, later: RaidOutcome) -> RaidOutcome:
        """Put the trials that follow these behind them; same tables, seed and bins."""
        if (
            later.tables is not self.tables
            or later.seed != self.seed
            or later.bin_s != self.bin_s
            or later.first_trial != self.first_trial + self.trials
        ):
            remedy = "join the trials that follow, of the same tables, seed and bins"
            raise InputError.one("RaidOutcome.joined", "later", later.first_trial, remedy)
        share = later.trials / (self.trials + later.trials)
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        for name in ("code", "warning_s", "shots", "kills"):
            parts[name] = np.concatenate([parts[name], getattr(later, name)])
        for name in ("shots_by_class", "busy_mean", "full_fraction"):
            parts[name] = (1.0 - share) * parts[name] + share * getattr(later, name)
        parts["busy_max"] = np.maximum(self.busy_max, later.busy_max)
        return RaidOutcome(**parts)


def _by_group(values: NDArray[np.bool_], group: Ints, groups: int) -> Ints:
    """(trials, groups) counts of true values, columns gathered by group."""
    counts = np.zeros((values.shape[0], groups), dtype=np.int64)
    for k in np.unique(group):
        counts[:, k] = values[:, group == k].sum(axis=1)
    return counts
