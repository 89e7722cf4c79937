"""What can be wrong with a campaign's inputs; everything found is reported together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError, Problem
from egide.supply.inputs import Campaign, CampaignLot


def check_campaign(campaign: Campaign) -> None:
    """Raise one error that lists everything wrong with a campaign.

    Parameters
    ----------
    campaign : Campaign

    Raises
    ------
    InputError
        With a problem for each unknown label, doubled id, wrong shape, negative or fractional number of
        rounds, probability outside 0 to 1, and delivery dated before its order.
    """
    problems = [*_labels(campaign), *_arrays(campaign), *_tempo(campaign), *_flows(campaign)]
    for k, lot in enumerate(campaign.lots):
        problems.extend(_lot(campaign, f"lots[{k}]", lot))
    if problems:
        raise InputError(problems)


def _problem(field: str, value: object, remedy: str) -> Problem:
    return Problem("campaign", field, value, remedy)


def _labels(campaign: Campaign) -> Iterator[Problem]:
    if campaign.weeks < 1 or campaign.weeks > 4000:
        yield _problem("weeks", campaign.weeks, "give 1 to 4000 weeks")
    for axis in ("items", "places", "classes"):
        names = getattr(campaign, axis)
        if not names:
            yield _problem(axis, names, "name at least one")
        for name, count in Counter(names).items():
            if count > 1:
                yield _problem(axis, name, "stands there twice; give every label once")
    for axis in ("lots", "lines", "fleets"):
        for name, count in Counter(entry.id for entry in getattr(campaign, axis)).items():
            if count > 1:
                yield _problem(axis, name, f"{count} entries have this id; give each its own")
    for name in {fleet.id for fleet in campaign.fleets} & set(campaign.items):
        yield _problem("fleets", name, "is also the name of an item; give the fleet another")
    order = campaign.doctrine.class_order
    if order and sorted(order) != sorted(campaign.classes):
        yield _problem("doctrine.class_order", order, f"name each class once: {campaign.classes}")
    fired = Counter(item for fleet in campaign.fleets for item in fleet.items)
    for item, count in fired.items():
        if count > 1:
            yield _problem("fleets", item, "is fired by two fleets; name one fleet an item")


MOST_DAYS = 10_000
"""Days on the road: every one of them has its place in memory."""

MOST_ROUNDS = 100_000_000
"""Rounds in one place or lot: sums of many still fit the 32 bits of a campaign's account."""

MOST_UNITS = 100_000
"""Units of a fleet in one place or lot: each has draws of its own."""


def _whole(field: str, values: object, shape: tuple[int, ...], most: int = MOST_ROUNDS) -> Iterator[Problem]:
    array = np.asarray(values)
    if array.shape != shape:
        yield _problem(field, array.shape, f"must have shape {shape}")
        return
    flat = array.astype(np.float64)
    if not np.isfinite(flat).all():
        yield _problem(field, None, "holds a number that is not finite; give whole rounds")
    elif (flat < 0).any():
        yield _problem(field, float(flat.min()), "rounds cannot be negative")
    elif (flat != np.floor(flat)).any():
        yield _problem(field, float(flat[flat != np.floor(flat)][0]), "rounds are whole numbers")
    elif (flat > most).any():
        yield _problem(field, float(flat.max()), f"at most {most:,}")


def _counts(at: str, entry: object, names: tuple[str, ...]) -> Iterator[Problem]:
    """Single whole numbers of an entry; a fraction would be cut off without a word."""
    for name in names:
        figure = getattr(entry, name)
        if not (0 <= figure < math.inf and figure == math.floor(figure)):
            yield _problem(f"{at}.{name}", figure, "give a whole number that is not negative")


def _within(
    field: str, values: object, shape: tuple[int, ...], low: float = 0.0, high: float = math.inf
) -> Iterator[Problem]:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape:
        yield _problem(field, array.shape, f"must have shape {shape}")
    elif not np.isfinite(array).all() or (array < low).any() or (array > high).any():
        bad = array[~(np.isfinite(array) & (array >= low) & (array <= high))]
        yield _problem(field, float(bad.flat[0]), f"give finite numbers from {low:g} to {high:g}")


def _shares(field: str, values: NDArray[np.float64]) -> Iterator[Problem]:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all() or (array < 0).any() or (np.abs(array.sum(axis=-1) - 1.0) > 1e-9).any():
        yield _problem(field, None, "give shares that are not negative and sum to 1")


def _arrays(campaign: Campaign) -> Iterator[Problem]:
    p, i, c = len(campaign.places), len(campaign.items), len(campaign.classes)
    engagement = campaign.engagement
    yield from _whole("opening_rounds", campaign.opening_rounds, (p, i))
    yield from _whole("doctrine.reserve_rounds", campaign.doctrine.reserve_rounds, (p, i, c))
    if campaign.target_rounds is not None:
        yield from _whole("target_rounds", campaign.target_rounds, (p, i))
    yield from _within("engagement.rounds", engagement.rounds, (i, c), low=1e-6)
    yield from _within("engagement.kill_probability", engagement.kill_probability, (i, c), high=1.0)
    if not engagement.night_concentration > 0.0:
        yield _problem("engagement.night_concentration", engagement.night_concentration, "must be positive")
    preference = np.asarray(engagement.preference)
    if preference.ndim != 3 or preference.shape[:2] != (p, c):
        yield _problem("engagement.preference", preference.shape, f"must have shape ({p}, {c}, choices)")
    elif preference.size and (preference.min() < -1 or preference.max() >= i):
        yield _problem(
            "engagement.preference", int(preference.max()), f"items run from 0 to {i - 1}; -1 is none"
        )
    yield from _within("people_per_leaker", campaign.people_per_leaker, (p, c))
    yield from _within("value_per_leaker", campaign.value_per_leaker, (p, c))
    for name in ("hit_fraction_per_week", "hit_loss_fraction"):
        if getattr(campaign, name) is not None:
            yield from _within(name, getattr(campaign, name), (p,), high=1.0)
    if not 0.0 <= campaign.shared_slip_fraction <= 1.0:
        yield _problem("shared_slip_fraction", campaign.shared_slip_fraction, "give a share from 0 to 1")


def _tempo(campaign: Campaign) -> Iterator[Problem]:
    p, c, tempo = len(campaign.places), len(campaign.classes), campaign.tempo
    nights, share = np.asarray(tempo.nights), np.asarray(tempo.place_fraction)
    if nights.ndim != 2 or nights.shape[0] < 1:
        yield _problem("tempo.nights", nights.shape, f"must have shape (nights, {c})")
        return
    yield from _whole("tempo.nights", nights, (nights.shape[0], c))
    if nights.size and nights.max() >= 1 << 20:
        yield _problem("tempo.nights", int(nights.max()), "at most a million threats of a class in a raid")
    if share.ndim != 3 or share.shape[1:] != (c, p):
        yield _problem("tempo.place_fraction", share.shape, f"must have shape (patterns, {c}, {p})")
    else:
        yield from _shares("tempo.place_fraction", share)
    yield from _shares("tempo.weekly_count_probability", tempo.weekly_count_probability)
    for name, size in (("night_weight", nights.shape[0]), ("pattern_weight", share.shape[0])):
        weight = getattr(tempo, name)
        if weight is not None:
            yield from _within(f"tempo.{name}", weight, (size,))
            if not np.sum(weight) > 0.0:
                yield _problem(f"tempo.{name}", None, "at least one weight must be positive")


def _flows(campaign: Campaign) -> Iterator[Problem]:
    places, items = set(campaign.places), set(campaign.items)
    for k, line in enumerate(campaign.lines):
        at = f"lines[{k}]"
        if line.item not in items:
            yield _problem(f"{at}.item", line.item, "is not an item of the campaign")
        if line.place not in places:
            yield _problem(f"{at}.place", line.place, "is not a place of the campaign")
        if line.bottleneck and line.bottleneck not in campaign.bottlenecks_per_week:
            yield _problem(f"{at}.bottleneck", line.bottleneck, "give its capacity in bottlenecks_per_week")
        for name in ("rounds_per_week", "ramp_weeks", "bottleneck_use"):
            if not 0.0 <= getattr(line, name) < math.inf:
                yield _problem(f"{at}.{name}", getattr(line, name), "must be finite and not negative")
        if not math.isfinite(line.start_week):
            yield _problem(f"{at}.start_week", line.start_week, "give the week it starts")
    for name, capacity in campaign.bottlenecks_per_week.items():
        if not capacity >= 0.0:
            yield _problem(f"bottlenecks_per_week[{name}]", capacity, "cannot be negative")
    for k, leg in enumerate(campaign.legs):
        for name in ("origin", "destination"):
            if getattr(leg, name) not in places:
                yield _problem(f"legs[{k}].{name}", getattr(leg, name), "is not a place of the campaign")
        if leg.origin == leg.destination:
            yield _problem(f"legs[{k}]", leg.origin, "leads from a place to itself")
        yield from _counts(f"legs[{k}]", leg, ("days", "rounds_per_day"))
        if leg.days > MOST_DAYS:
            yield _problem(f"legs[{k}].days", leg.days, f"at most {MOST_DAYS:,} days on the road")
    for k, fleet in enumerate(campaign.fleets):
        yield from _whole(f"fleets[{k}].units", fleet.units, (len(campaign.places),), MOST_UNITS)
        for item in fleet.items:
            if item not in items:
                yield _problem(f"fleets[{k}].items", item, "is not an item of the campaign")
        for name in ("loss", "failure", "repair"):
            figure = getattr(fleet, f"{name}_fraction_per_week")
            if not 0.0 <= figure <= 1.0:
                yield _problem(f"fleets[{k}].{name}_fraction_per_week", figure, "give a probability, 0 to 1")
        if fleet.loss_fraction_per_week + fleet.failure_fraction_per_week > 1.0:
            yield _problem(f"fleets[{k}]", fleet.id, "loss and failure in a week sum to more than 1")
        yield from _counts(f"fleets[{k}]", fleet, ("engagements_per_raid", "crews"))


def _lot(campaign: Campaign, at: str, lot: CampaignLot) -> Iterator[Problem]:
    if lot.item not in campaign.items and lot.item not in {fleet.id for fleet in campaign.fleets}:
        yield _problem(f"{at}.item", lot.item, "is neither an item nor a fleet of the campaign")
    if lot.place not in campaign.places:
        yield _problem(f"{at}.place", lot.place, "is not a place of the campaign")
    yield from _whole(
        f"{at}.rounds", lot.rounds, (), MOST_ROUNDS if lot.item in campaign.items else MOST_UNITS
    )
    if not math.isfinite(lot.due_day):
        yield _problem(f"{at}.due_day", lot.due_day, "give the day it is due")
    if lot.ordered_day is not None and lot.due_day < lot.ordered_day:
        yield _problem(f"{at}.due_day", lot.due_day, f"is before it was ordered, on day {lot.ordered_day:g}")
    for name in ("slip_median_days", "slip_sigma"):
        if not 0.0 <= getattr(lot, name) < math.inf:
            yield _problem(f"{at}.{name}", getattr(lot, name), "must be finite and not negative")
    for name in ("never_fraction", "received_low_fraction", "received_high_fraction"):
        if not 0.0 <= getattr(lot, name) <= 1.0:
            yield _problem(f"{at}.{name}", getattr(lot, name), "give a share from 0 to 1")
    if lot.received_low_fraction > lot.received_high_fraction:
        yield _problem(f"{at}.received_low_fraction", lot.received_low_fraction, "is above the high one")
    if len(lot.step_days) != len(lot.step_probability) or not lot.step_days:
        yield _problem(f"{at}.step_days", lot.step_days, "give as many days as probabilities, at least one")
    else:
        yield from _shares(f"{at}.step_probability", np.asarray(lot.step_probability))
        if not np.isfinite(lot.step_days).all():
            yield _problem(f"{at}.step_days", lot.step_days, "give finite days")
    if lot.cost_eur < 0.0:
        yield _problem(f"{at}.cost_eur", lot.cost_eur, "cannot be negative")
