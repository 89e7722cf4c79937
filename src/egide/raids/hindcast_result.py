"""What the hindcast gives: scores night by night, their means, and one night beside its prediction.

These speak of *reported* leakers given launches; they neither forecast raids nor validate the kill chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.raids import scoring
from egide.raids.bulletins import REGIMES, SetAside
from egide.raids.hindcast_nights import Nights

Floats = NDArray[np.float64]

NIGHT_QUANTILES = (0.05, 0.1, 0.5, 0.9, 0.95)
"""Shares at which each night's predicted distribution is kept."""


@dataclass(frozen=True, slots=True)
class NightScore:
    """Scores of one predictor on one night."""

    log_score: float
    crps: float
    pit: float
    covered_80: bool
    covered_90: bool
    quantiles: tuple[int, ...]


def score_night(pmf: Floats, through: int, *, seed: int, day: int) -> NightScore:
    """Score a distribution that was written down against what was reported."""
    low_80, high_80 = scoring.central_interval(pmf, 0.8)
    low_90, high_90 = scoring.central_interval(pmf, 0.9)
    return NightScore(
        log_score=scoring.log_score(pmf, through),
        crps=scoring.crps_counts(pmf, through),
        pit=scoring.pit(pmf, through, seed=seed, address=day),
        covered_80=low_80 <= through <= high_80,
        covered_90=low_90 <= through <= high_90,
        quantiles=tuple(scoring.quantile(pmf, share) for share in NIGHT_QUANTILES),
    )


@dataclass(frozen=True, slots=True)
class NightScores:
    """Scores of one predictor night by night; all arrays have shape (nights,)."""

    log_score: Floats
    """-log of the probability given to what was reported [nats]."""
    crps: Floats
    """Continuous ranked probability score [drones]."""
    covered_80: NDArray[np.bool_]
    covered_90: NDArray[np.bool_]
    pit: Floats
    """Randomised probability integral transform [1]."""
    quantiles: NDArray[np.int64]
    """Predicted through at `NIGHT_QUANTILES`, shape (nights, 5)."""

    def summary(self) -> dict[str, float | int]:
        """Means over the nights, under the names of the command line's JSON."""
        return {
            "nights": len(self.log_score),
            "log_score": float(self.log_score.mean()),
            "crps": float(self.crps.mean()),
            "cover_80": float(self.covered_80.mean()),
            "cover_90": float(self.covered_90.mean()),
        }


@dataclass(frozen=True, slots=True)
class HindcastResult:
    """Scores of the outcome model and its baselines on nights neither had seen.

    It speaks of reported leakers given launches; it neither forecasts raids nor validates the kill chain.
    """

    train_until: date
    training_nights: int
    """Nights up to `train_until` in the regimes that are tested."""
    nights: Nights
    """The nights scored, in order."""
    scores: NightScores
    baselines: Mapping[str, NightScores]
    log_score_difference: Mapping[str, scoring.ScoreDifference]
    """Model less baseline, paired by night, week-block bootstrap; negative means the model is better."""
    crps_difference: Mapping[str, scoring.ScoreDifference]
    set_aside: tuple[SetAside, ...]
    """Rows and nights left out or altered, with counts."""
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Means over the nights: `nights`, `log_score`, `crps`, `cover_80`, `cover_90` and `baselines`."""
        return {
            **self.scores.summary(),
            "baselines": {name: scores.summary() for name, scores in self.baselines.items()},
        }

    def pit_histogram(self, bins: int = 10) -> NDArray[np.int64]:
        """Count the model's PIT values in equal bins over (0, 1); flat if it is calibrated."""
        return np.histogram(self.scores.pit, bins=bins, range=(0.0, 1.0))[0].astype(np.int64)

    def to_frame(self) -> Any:
        """One line per night: date, launches, outcome, predicted quantiles and scores (pandas DataFrame)."""
        import pandas as pd

        columns: dict[str, Any] = {
            "date": self.nights.date.astype("datetime64[s]"),
            "regime": [REGIMES[i].name for i in self.nights.regime],
            "launched": self.nights.launched,
            "through": self.nights.through,
        }
        for place, share in enumerate(NIGHT_QUANTILES):
            columns[f"predicted_q{round(100 * share):02d}"] = self.scores.quantiles[:, place]
        columns |= {
            "log_score": self.scores.log_score,
            "crps": self.scores.crps,
            "pit": self.scores.pit,
        }
        return pd.DataFrame(columns)


@dataclass(frozen=True, slots=True)
class NightForecast:
    """One night beside what was predicted for it: one draw, which proves nothing either way."""

    date: date
    launched: int
    through: int
    """Reported, after the prediction was made."""
    pmf: Floats
    """Predicted probability of 0, 1, ... launched through [1]."""
    nights_before: int
    """Nights of the same regime the prediction rests on."""

    def interval(self, level: float = 0.8) -> tuple[int, int]:
        """Central predictive interval of the number through, both ends included."""
        return scoring.central_interval(self.pmf, level)


def stacked(rows: Sequence[NightScore]) -> NightScores:
    """Nights' scores as arrays, in the order given."""
    return NightScores(
        log_score=np.array([row.log_score for row in rows]),
        crps=np.array([row.crps for row in rows]),
        covered_80=np.array([row.covered_80 for row in rows]),
        covered_90=np.array([row.covered_90 for row in rows]),
        pit=np.array([row.pit for row in rows]),
        quantiles=np.array([row.quantiles for row in rows], dtype=np.int64),
    )
