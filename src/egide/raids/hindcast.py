"""A conditional hindcast of reported outcomes, one night ahead.

It scores a statistical model of *reported* leakers given that night's launches against four baselines. It
neither forecasts raids nor validates the kill chain: launches are read from the bulletin, and "through" is
the defender's own count.
"""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from egide.errors import SEED_REMEDY, InputError, is_seed
from egide.raids import baselines, scoring
from egide.raids.baselines import BetaBinomial, Binomial, fit_beta_binomial, fit_binomial
from egide.raids.bulletins import REGIMES, Bulletins, merged
from egide.raids.hindcast_nights import SHAHED, Nights, shahed_nights
from egide.raids.hindcast_result import (
    HindcastResult,
    NightForecast,
    NightScore,
    score_night,
    stacked,
)
from egide.raids.outcome_model import Belief, bank, predict, prior_belief, update

MODEL = "model"
_LEAST_NIGHTS = 60
"""A regime needs this many nights to be split in half when no date is given."""


def hindcast(
    train: Bulletins, train_until: date | None = None, test: Bulletins | None = None, *, seed: int = 0
) -> HindcastResult:
    """Score the outcome model and its baselines one night ahead.

    A night is every row of the single model Shahed-136/131, summed by the UTC date on which it ends; through
    is launched less destroyed less not_reach_goal, at least zero. Nights up to `train_until` train, later
    ones are tested; each is predicted from the nights before it in its own reporting regime, and read
    afterwards. The static baselines are fitted on training nights only (in a regime that has none: refitted
    on its nights so far). The result speaks of reported leakers given launches; it neither forecasts raids
    nor validates the kill chain.

    Parameters
    ----------
    train : Bulletins
        Bulletins up to `train_until` or beyond.
    train_until : date, optional
        Last training night; absent, the first half of the latest regime with at least 60 nights trains.
    test : Bulletins, optional
        More bulletins; a window in both files counts once, as this one states it.
    seed : int
        Address of the draws of PIT and bootstrap; the scores do not depend on it.

    Returns
    -------
    HindcastResult
        Scores night by night, their means, and paired differences with week-block bootstrap intervals.

    Raises
    ------
    InputError
        There is no night to train on or to test, or the date or seed is none.
    """
    if not is_seed(seed):
        raise InputError.one("hindcast", "seed", seed, SEED_REMEDY)
    if train_until is not None and (not isinstance(train_until, date) or isinstance(train_until, datetime)):
        remedy = "give a date, the UTC one on which the last training night ends"
        raise InputError.one("hindcast", "train_until", str(train_until), remedy)
    bulletins = train if test is None else merged(train, test)
    nights = shahed_nights(bulletins)
    if len(nights) == 0:
        remedy = f"hold no usable night of the single model {SHAHED}; give a file that reports it"
        raise InputError.one(bulletins.file, "model", None, remedy)
    until = _default_split(nights) if train_until is None else train_until
    is_test = nights.date > np.datetime64(until)
    if not is_test.any():
        raise InputError.one("hindcast", "train_until", str(until), "no night ends after it; nothing to test")
    if is_test.all():
        raise InputError.one(
            "hindcast", "train_until", str(until), "no night ends on or before it; nothing to train on"
        )
    tested = nights.take(is_test)
    pieces = [_run_regime(nights.take(nights.regime == g), until, seed) for g in np.unique(tested.regime)]
    scores = {name: stacked([night for piece in pieces for night in piece[name]]) for name in pieces[0]}
    model = scores.pop(MODEL)
    trained = ~is_test & np.isin(nights.regime, tested.regime)
    return HindcastResult(
        train_until=until,
        training_nights=int(trained.sum()),
        nights=tested,
        scores=model,
        baselines=scores,
        log_score_difference={
            name: scoring.week_block_bootstrap(model.log_score - other.log_score, tested.day, seed=seed)
            for name, other in scores.items()
        },
        crps_difference={
            name: scoring.week_block_bootstrap(model.crps - other.crps, tested.day, seed=seed)
            for name, other in scores.items()
        },
        set_aside=bulletins.set_aside + nights.set_aside,
        seed=seed,
    )


def one_night(bulletins: Bulletins, night: date) -> NightForecast:
    """Show one night as one draw from what earlier nights of its regime would have predicted.

    Parameters
    ----------
    bulletins : Bulletins
        Holds the night and some before it.
    night : date
        UTC date on which the night's windows end.

    Raises
    ------
    InputError
        The bulletins report no single-model drones on that night.
    """
    nights = shahed_nights(bulletins)
    place = np.flatnonzero(nights.date == np.datetime64(night))
    if len(place) == 0:
        raise InputError.one(
            "one_night", "night", str(night), "is not in the bulletins; give a date they report"
        )
    i = int(place[0])
    before = (nights.regime == nights.regime[i]) & (nights.day < nights.day[i])
    history = nights.take(before)
    forecast = predict(bank(), _learn(history), int(nights.day[i]), int(nights.launched[i]))
    return NightForecast(night, int(nights.launched[i]), int(nights.through[i]), forecast.pmf(), len(history))


def _default_split(nights: Nights) -> date:
    counts = np.bincount(nights.regime, minlength=len(REGIMES))
    enough = np.flatnonzero(counts >= _LEAST_NIGHTS)
    chosen = int(enough[-1]) if len(enough) else int(np.argmax(counts))
    dates = nights.date[nights.regime == chosen]
    if len(dates) < 2:
        raise InputError.one(
            "hindcast", "train", len(nights), "holds too few nights; give two or more of one regime"
        )
    middle: date = dates[(len(dates) - 1) // 2].astype("datetime64[D]").item()
    return middle


def _learn(history: Nights) -> Belief:
    """Belief after a run of nights, each predicted before it is read."""
    members = bank()
    belief = prior_belief(members)
    for day, launched, through in zip(history.day, history.launched, history.through, strict=True):
        belief = update(predict(members, belief, int(day), int(launched)), int(through))
    return belief


def _run_regime(nights: Nights, until: date, seed: int) -> dict[str, list[NightScore]]:
    """Score every predictor on the tested nights of one regime."""
    training = nights.take(nights.date <= np.datetime64(until))
    trained = _static_baselines(training) if len(training) else None
    members, belief = bank(), _learn(training)
    scored: dict[str, list[NightScore]] = {name: [] for name in (MODEL, *baselines.BASELINES)}
    for i in range(len(training), len(nights)):
        day, launched = int(nights.day[i]), int(nights.launched[i])
        history = nights.take(np.arange(len(nights)) < i)
        # Written down: the night's predictions are fixed here, and only then is its outcome read.
        forecast = predict(members, belief, day, launched)
        written = {
            MODEL: forecast.pmf(),
            baselines.ROLLING: baselines.fit_rolling(history, day).pmf(launched),
        }
        for name, fitted in (trained or _static_baselines(history)).items():
            written[name] = fitted.pmf(launched)
        through = int(nights.through[i])
        for name, pmf in written.items():
            scored[name].append(score_night(pmf, through, seed=seed, day=day))
        belief = update(forecast, through)
    return scored


def _static_baselines(history: Nights) -> dict[str, Binomial | BetaBinomial]:
    """Fit the three baselines that do not move; without a night they hold their weak prior."""
    return {
        baselines.POOLED: fit_binomial(history),
        baselines.STATIC: fit_beta_binomial(history, log_launched=False),
        baselines.STATIC_LOG: fit_beta_binomial(history, log_launched=True),
    }
