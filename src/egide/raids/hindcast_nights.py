"""Nights: rows of bulletins summed by the UTC date on which their windows end.

A night's "through" is what the defender reports as neither destroyed nor lost. It neither forecasts raids nor
validates the kill chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from egide.raids.bulletins import Bulletins, SetAside, regime_of
from egide.raids.hindcast_classes import UNCLASSIFIED

SHAHED = "Shahed-136/131"
"""The single model whose nights are hindcast: one-way drones, with the decoys that bulletins count in."""

FIRST_USABLE_NIGHT = date(2023, 1, 1)
"""Before this date 84 % of the drone rows state launched = destroyed: launches were not really known."""


@dataclass(frozen=True, slots=True)
class Nights:
    """Sums of rows by the UTC date on which they end, in order of time; all arrays have shape (nights,)."""

    date: NDArray[np.datetime64]
    regime: NDArray[np.int64]
    """Index into `REGIMES`."""
    launched: NDArray[np.int64]
    through: NDArray[np.int64]
    """Launched less destroyed less lost, at least zero."""
    set_aside: tuple[SetAside, ...] = ()

    def __len__(self) -> int:
        return len(self.launched)

    @property
    def day(self) -> NDArray[np.int64]:
        """Days since 1970-01-01."""
        return self.date.astype(np.int64)

    def take(self, keep: NDArray[np.bool_]) -> Nights:
        """Nights where `keep` holds, same order."""
        return Nights(
            self.date[keep], self.regime[keep], self.launched[keep], self.through[keep], self.set_aside
        )


def nights_of(bulletins: Bulletins, rows: NDArray[np.bool_]) -> Nights:
    """Sum chosen rows by the UTC date on which they end.

    Parameters
    ----------
    bulletins : Bulletins
        Checked rows.
    rows : array of bool, shape (rows,)
        Which rows to sum.

    Returns
    -------
    Nights
        One entry per date with something launched. `set_aside` counts the rows whose stated outcomes exceed
        their launches (kept: a night's leakers are at least zero) and the nights before `FIRST_USABLE_NIGHT`
        (left out).
    """
    dates, place = np.unique(bulletins.date[rows], return_inverse=True)
    sums = [
        np.bincount(place, np.nan_to_num(column[rows]), minlength=len(dates))
        for column in (bulletins.launched, bulletins.destroyed, bulletins.lost)
    ]
    launched, through = sums[0], sums[0] - sums[1] - sums[2]
    early = dates < np.datetime64(FIRST_USABLE_NIGHT)
    stated = np.nan_to_num(bulletins.destroyed) + np.nan_to_num(bulletins.lost)
    empty = (launched == 0) & ~early
    excess = rows & (stated > bulletins.launched)
    notes = [
        SetAside(reason, int(which.sum()), str(when[which][0]))
        for reason, which, when in (
            (f"night before {FIRST_USABLE_NIGHT} left out: launches not really known", early, dates),
            ("night on which nothing is stated as launched, left out", empty, dates),
            ("row whose destroyed and lost exceed its launches: kept as stated", excess, bulletins.date),
        )
        if which.any()
    ]
    keep = ~empty & ~early
    dates = dates[keep]
    regime = np.array([regime_of(d) for d in dates.astype("datetime64[D]").tolist()], dtype=np.int64)
    return Nights(
        dates,
        regime,
        launched[keep].astype(np.int64),
        np.maximum(through[keep], 0.0).astype(np.int64),
        tuple(notes),
    )


def shahed_nights(bulletins: Bulletins) -> Nights:
    """Nights of the single model `SHAHED`; rows that lump it with another cannot be split and are counted."""
    single = np.array([name == SHAHED for name in bulletins.model], dtype=bool)
    nights = nights_of(bulletins, single)
    lumped = [i for i, name in enumerate(bulletins.model) if name != SHAHED and SHAHED in name.split(" and ")]
    notes = list(nights.set_aside)
    if lumped:
        notes.append(
            SetAside(f"row that lumps {SHAHED} with another model", len(lumped), _ends(bulletins, lumped[0]))
        )
    unknown = [i for i, name in enumerate(bulletins.weapon_class) if name == UNCLASSIFIED]
    if unknown:
        names = ", ".join(sorted({bulletins.model[i] for i in unknown})[:5])
        reason = f"row of a model not met before ({names}): in no class and no night"
        notes.append(SetAside(reason, len(unknown), _ends(bulletins, unknown[0])))
    return Nights(nights.date, nights.regime, nights.launched, nights.through, tuple(notes))


def _ends(bulletins: Bulletins, i: int) -> str:
    return f"{bulletins.model[i]}, ends {bulletins.time_end[i]}"
