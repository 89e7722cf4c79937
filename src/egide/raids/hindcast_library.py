"""Statistics of reported raids by class and regime: sizes, and shares reported to get through.

The shares come from a hierarchical beta-binomial: within a reporting regime each class has its own mean share
and its own night-to-night dispersion, and both are drawn towards what the classes have in common, the more so
the fewer nights a class has. The spread between classes is learnt by expectation and maximisation on the
normal approximation of each class's posterior (Gelman and others, "Bayesian Data Analysis", 3rd ed., ch. 5
and 13). Regimes are never mixed.

These are statistics of *reported* outcomes. The dispersion of reported leak shares is not the dispersion of a
kill probability; nothing here forecasts raids or validates the kill chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit

from egide.errors import InputError
from egide.raids.bulletins import REGIMES, Bulletins, SetAside
from egide.raids.hindcast_classes import (
    ANTI_RADIATION,
    BALLISTIC,
    CRUISE,
    GROUND_MODE,
    ONE_WAY_DRONE,
    SUPERSONIC,
)
from egide.raids.hindcast_fit import Counts, Mode, Prior, fit_mode
from egide.raids.hindcast_nights import FIRST_USABLE_NIGHT, Nights, nights_of

Floats = NDArray[np.float64]

FITTED_CLASSES = (ONE_WAY_DRONE, CRUISE, BALLISTIC, SUPERSONIC, ANTI_RADIATION, GROUND_MODE)
"""Classes whose launches the bulletins state; of reconnaissance drones only those destroyed are listed."""

SHARE_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SIZE_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
ATTRIBUTION = (
    "UA AirDefense Tracker / Petro Ivaniuk; primary source Air Force Command of the Armed Forces of Ukraine"
)
LICENCE = "ODC-BY 1.0 (https://opendatacommons.org/licenses/by/1-0/)"
STATEMENT = (
    "Derived statistics of reported outcomes; they neither forecast raids nor validate the kill chain, and "
    "the dispersion of reported leak shares is not dispersion of a kill probability."
)

_START = Prior(np.array([-0.5, 0.0, 1.5]), np.array([1.5, 1e-3, 1.5]))
_LEAST_SPREAD = 0.2
_ROUNDS = 400
_NORMAL_95 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class ClassOutcome:
    """Reported share through of one class in one regime."""

    weapon_class: str
    regime: str
    nights: int
    launched: int
    through: int
    leak_fraction: float
    """Mean share through of a night, partly pooled over classes [1]."""
    leak_low_fraction: float
    """5 % point of what that mean may be [1]."""
    leak_high_fraction: float
    """95 % point of what that mean may be [1]."""
    precision: float
    """alpha + beta of the beta that nightly shares follow; small means nights differ much [1]."""
    night_leak_fractions: tuple[float, ...]
    """Quantiles of a single night's share at `SHARE_QUANTILES` [1]."""


@dataclass(frozen=True, slots=True)
class RaidSize:
    """How many of a class were launched on nights with any, in one regime."""

    weapon_class: str
    regime: str
    nights: int
    first_night: str
    last_night: str
    launched_quantiles: tuple[float, ...]
    """Number launched at `SIZE_QUANTILES`."""
    launched_most: int
    log_launched_mean: float
    """Mean of the natural logarithm of the number launched."""
    log_launched_deviation: float
    """Standard deviation of the same."""


@dataclass(frozen=True, slots=True)
class RaidStatistics:
    """Sizes and reported outcomes by class and regime, and what was left out of them."""

    outcomes: tuple[ClassOutcome, ...]
    sizes: tuple[RaidSize, ...]
    set_aside: tuple[SetAside, ...] = ()

    def outcome(self, weapon_class: str, regime: str) -> ClassOutcome:
        """Outcome of one class in one regime; raises `InputError` where the bulletins hold none."""
        for entry in self.outcomes:
            if (entry.weapon_class, entry.regime) == (weapon_class, regime):
                return entry
        raise _absent(weapon_class, regime)

    def size(self, weapon_class: str, regime: str) -> RaidSize:
        """Raid size of one class in one regime; raises `InputError` where the bulletins hold none."""
        for entry in self.sizes:
            if (entry.weapon_class, entry.regime) == (weapon_class, regime):
                return entry
        raise _absent(weapon_class, regime)

    def to_toml(self) -> str:
        """Text of the packaged `fitted.toml`: attribution, quantiles, one table per class and regime."""
        lines = [
            "# Derived from nightly bulletins by egide.raids.hindcast_library.raid_statistics; do not edit.",
            "egide_schema = 1",
            f"attribution = {_toml(ATTRIBUTION)}",
            f"licence = {_toml(LICENCE)}",
            f"statement = {_toml(STATEMENT)}",
            f"share_quantiles = {_toml(SHARE_QUANTILES)}",
            f"size_quantiles = {_toml(SIZE_QUANTILES)}",
        ]
        for title, entries in (("outcome", self.outcomes), ("size", self.sizes)):
            for entry in entries:
                lines += ["", f"[[{title}]]"]
                lines += [f"{name} = {_toml(value)}" for name, value in asdict(entry).items()]
        return "\n".join(lines) + "\n"


def raid_statistics(bulletins: Bulletins) -> RaidStatistics:
    """Fit sizes and hierarchical outcome shares to bulletins.

    Rows used: not tactical, from `FIRST_USABLE_NIGHT`, of one fitted class (a row that lumps models counts
    when all share the class). They are summed by class and night; through is launched less destroyed less
    lost.

    Parameters
    ----------
    bulletins : Bulletins
        Checked rows.

    Returns
    -------
    RaidStatistics
        By class and regime, in a fixed order; `set_aside` counts the rows left out and says why.

    Raises
    ------
    InputError
        No row of any fitted class is left.
    """
    tactical = bulletins.tactical
    fitted = np.array([name in FITTED_CLASSES for name in bulletins.weapon_class], dtype=bool)
    notes = [
        SetAside(reason, int(which.sum()), f"{bulletins.model[int(np.argmax(which))]}")
        for reason, which in (
            ("row of a regional command about its own area", tactical),
            ("row of no fitted class, or lumping several classes", ~fitted & ~tactical),
        )
        if which.any()
    ]
    by_class: dict[str, Nights] = {}
    for name in FITTED_CLASSES:
        of_class = np.array([found == name for found in bulletins.weapon_class], dtype=bool)
        nights = nights_of(bulletins, of_class & ~tactical)
        notes += [SetAside(f"{name}: {note.reason}", note.count, note.example) for note in nights.set_aside]
        by_class[name] = nights
    outcomes: list[ClassOutcome] = []
    sizes: list[RaidSize] = []
    for place, regime in enumerate(REGIMES):
        in_regime = {name: nights.take(nights.regime == place) for name, nights in by_class.items()}
        present = {name: nights for name, nights in in_regime.items() if len(nights)}
        outcomes += _pooled_outcomes(present, regime.name)
        sizes += [_size(name, regime.name, nights) for name, nights in present.items()]
    if not outcomes:
        remedy = f"hold no usable row of a fitted class from {FIRST_USABLE_NIGHT} on; give fuller bulletins"
        raise InputError.one("raid_statistics", "bulletins", len(bulletins), remedy)
    return RaidStatistics(tuple(outcomes), tuple(sizes), bulletins.set_aside + tuple(notes))


def raid_statistics_from_dict(content: Mapping[str, Any]) -> RaidStatistics:
    """Build the noun from the parsed text of `to_toml`; unknown or missing keys raise `InputError`."""
    try:
        outcomes = tuple(ClassOutcome(**_tupled(entry)) for entry in content["outcome"])
        sizes = tuple(RaidSize(**_tupled(entry)) for entry in content["size"])
    except (KeyError, TypeError) as error:
        remedy = "is missing or does not fit; make the file anew with RaidStatistics.to_toml"
        raise InputError.one("raid statistics", str(error), None, remedy) from error
    return RaidStatistics(outcomes, sizes)


def _pooled_outcomes(present: Mapping[str, Nights], regime: str) -> list[ClassOutcome]:
    """Fit the classes of one regime together."""
    counts = {
        name: Counts(
            nights.launched.astype(np.float64),
            nights.through.astype(np.float64),
            np.zeros(len(nights)),
            np.ones(len(nights)),
        )
        for name, nights in present.items()
    }
    prior = _START
    modes: dict[str, Mode] = {}
    for _ in range(_ROUNDS):
        modes = {name: fit_mode(entry, prior) for name, entry in counts.items()}
        following = _learnt_prior(list(modes.values()))
        moved = max(
            np.abs(following.mean - prior.mean).max(), np.abs(following.deviation - prior.deviation).max()
        )
        prior = following
        if moved < 1e-9:
            break
    return [_outcome(name, regime, nights, modes[name]) for name, nights in present.items()]


def _learnt_prior(modes: list[Mode]) -> Prior:
    """Mean and spread between classes, each class counted with its own uncertainty.

    The starting prior counts as one class more, so that a regime with one or two classes stays proper.
    """
    if not modes:
        return _START
    theta = np.array([mode.theta for mode in modes])
    own = np.array([np.diag(mode.covariance) for mode in modes])
    mean = (theta.sum(axis=0) + _START.mean) / (len(modes) + 1)
    square = ((theta - mean) ** 2 + own).sum(axis=0) + (_START.mean - mean) ** 2 + _START.deviation**2
    deviation = np.maximum(np.sqrt(square / (len(modes) + 1)), _LEAST_SPREAD)
    # The slope has no covariate here and stays where it is.
    mean[1], deviation[1] = _START.mean[1], _START.deviation[1]
    return Prior(mean, deviation)


def _outcome(name: str, regime: str, nights: Nights, mode: Mode) -> ClassOutcome:
    level, precision = float(mode.theta[0]), float(np.exp(mode.theta[2]))
    reach = _NORMAL_95 * float(np.sqrt(mode.covariance[0, 0]))
    share = float(expit(level))
    shares = betaincinv(share * precision, (1.0 - share) * precision, np.array(SHARE_QUANTILES))
    return ClassOutcome(
        weapon_class=name,
        regime=regime,
        nights=len(nights),
        launched=int(nights.launched.sum()),
        through=int(nights.through.sum()),
        leak_fraction=_short(share),
        leak_low_fraction=_short(float(expit(level - reach))),
        leak_high_fraction=_short(float(expit(level + reach))),
        precision=_short(precision),
        night_leak_fractions=tuple(_short(value) for value in shares.tolist()),
    )


def _size(name: str, regime: str, nights: Nights) -> RaidSize:
    logs = np.log(nights.launched)
    return RaidSize(
        weapon_class=name,
        regime=regime,
        nights=len(nights),
        first_night=str(nights.date[0]),
        last_night=str(nights.date[-1]),
        launched_quantiles=tuple(_short(q) for q in np.quantile(nights.launched, SIZE_QUANTILES).tolist()),
        launched_most=int(nights.launched.max()),
        log_launched_mean=_short(float(logs.mean())),
        log_launched_deviation=_short(float(logs.std())),
    )


def _short(value: float) -> float:
    """Six significant digits: what the packaged text keeps, so that text and noun agree."""
    return float(f"{value:.6g}")


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _tupled(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}


def _absent(weapon_class: str, regime: str) -> InputError:
    names = ", ".join(regime.name for regime in REGIMES)
    remedy = f"has no reported nights in {regime}; classes are {', '.join(FITTED_CLASSES)}, regimes {names}"
    return InputError.one("raid statistics", "weapon_class", weapon_class, remedy)
