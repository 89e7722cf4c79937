"""`egide backtest`: the outcome model beside reported nights, one night ahead."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from egide.errors import InputError

if TYPE_CHECKING:
    from egide.raids.bulletins import Bulletins
    from egide.raids.hindcast_result import HindcastResult

STATEMENT = (
    "Scores of a statistical model of REPORTED leakers given that night's launches. It neither forecasts raids "
    "nor validates the kill chain."
)

SHOWN_NIGHT = date(2025, 7, 4)
"""The night of 3 to 4 July 2025, shown as one draw where the file reports it."""


def backtest(
    train: Path, *,
    train_until: Annotated[str | None, Parameter(name="--train-until")] = None,
    test: Annotated[Path | None, Parameter(name="--test")] = None,
    seed: Annotated[int, Parameter(name="--seed")] = 0,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:  # fmt: skip
    """Score the outcome model on nights of a bulletin file, one night ahead, beside four baselines.

    It scores a statistical model of reported leakers given that night's launches; it neither forecasts raids
    nor validates the kill chain. What the file holds that cannot be used is counted on standard error.

    Parameters
    ----------
    train
        Bulletin file (CSV) that you downloaded.
    train_until
        Last training night, a UTC date such as 2025-12-31; without it the latest regime is split in half.
    test
        Second bulletin file; a night in both counts once, as this one states it.
    seed
        Of PIT and bootstrap draws; the scores do not depend on it.
    json_
        Print one JSON object on standard output.
    """
    from egide.io.bulletin_files import read_bulletins
    from egide.raids.hindcast import hindcast

    until = None if train_until is None else _night(train_until)
    first = read_bulletins(train)
    second = None if test is None else read_bulletins(test)
    found = hindcast(first, until, second, seed=seed)
    for note in found.set_aside:
        _say(f"set aside: {note}")
    _say(STATEMENT)
    if test is None:
        _say_reported(first)
    _say_scores(found)
    _say_night(first)
    if json_:
        json.dump(found.to_json(), sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")


def _say(text: str) -> None:
    from egide.app.progress import console

    console.print(text, markup=False)


def _night(text: str) -> date:
    """Read a night: a date, which is in UTC; a time of day must state its zone and is turned into UTC."""
    from datetime import UTC

    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        remedy = "is no date; write the UTC date on which the last training night ends, such as 2025-12-31"
        raise InputError.one("backtest", "--train-until", text, remedy) from None
    if moment.tzinfo is None:
        remedy = "states a time without its zone; write a date (UTC), or a time such as 2025-12-31T08:00Z"
        raise InputError.one("backtest", "--train-until", text, remedy)
    return moment.astimezone(UTC).date()


def _say_reported(bulletins: Bulletins) -> None:
    """Sums of the file by regime and class, as the press quotes them."""
    from egide.raids.bulletins import REGIMES, aggregates, regime_of
    from egide.raids.hindcast_classes import MISSILE_CLASSES as MISSILES
    from egide.raids.hindcast_classes import ONE_WAY_DRONE

    nights = [night.item() for night in (bulletins.date.min(), bulletins.date.max())]
    _say(
        "reported sums (through = launched - destroyed - lost; only destroyed + lost compares across regimes):"
    )
    for place in range(regime_of(nights[0]), regime_of(nights[1]) + 1):
        first = max(nights[0], REGIMES[place].first)
        following = REGIMES[place + 1].first if place + 1 < len(REGIMES) else None
        last = nights[1] if following is None else min(nights[1], date.fromordinal(following.toordinal() - 1))
        for name, classes in (("one-way drones", {ONE_WAY_DRONE}), ("missiles", MISSILES)):
            sums = aggregates(bulletins, first=first, last=last, classes=classes)
            if sums.launched:
                _say(
                    f"  {first} to {last} {name}: {sums.launched} launched, {sums.destroyed} destroyed "
                    f"({sums.destroyed_fraction:.3f}), {sums.lost} lost; stopped {sums.stopped_fraction:.3f}"
                )


def _say_scores(found: HindcastResult) -> None:
    _say(
        f"trained on {found.training_nights} nights to {found.train_until}; {len(found.nights)} nights tested"
    )
    _say(f"{'':36} {'-log p':>7} {'CRPS':>7} {'in 80':>6} {'in 90':>6}")
    for name, scores in (("model", found.scores), *found.baselines.items()):
        row = scores.summary()
        _say(
            f"{name:36} {row['log_score']:7.3f} {row['crps']:7.2f} {row['cover_80']:6.2f} {row['cover_90']:6.2f}"
        )
    counts = " ".join(str(count) for count in found.pit_histogram())
    _say(f"PIT of the model, nights in each tenth (level if calibrated): {counts}")
    for name, gap in found.log_score_difference.items():
        verdict = "better" if gap.high < 0.0 else "worse" if gap.low > 0.0 else "not separable"
        _say(f"-log p, model less {name}: {gap.mean:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}), {verdict}")


def _say_night(bulletins: Bulletins) -> None:
    """The one night, as a draw from what earlier nights would have predicted."""
    from egide.raids.hindcast import one_night

    try:
        night = one_night(bulletins, SHOWN_NIGHT)
    except InputError:
        return  # the file does not report it, which is no fault of the file
    low, high = night.interval(0.8)
    _say(
        f"night of {night.date}: {night.through} of {night.launched} reported through; 80 % interval from the "
        f"{night.nights_before} nights before it {low} to {high}. One draw, which proves nothing."
    )
