"""Open needs met from pledges and offers, by a rule that can be checked by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from egide.cooperation.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Need:
    """Pieces of an item still missing on a requirement line."""

    line: str
    item: str
    quantity: int
    due: date | None
    """Day it is needed"""
    priority: int = 3
    """1 is met first"""


@dataclass(frozen=True, slots=True)
class Offer:
    """Pieces somebody has promised and that answer no need yet."""

    line: str
    partner: str
    item: str
    quantity: int
    due: date | None
    """Day it can be there; unknown counts as late"""


@dataclass(frozen=True, slots=True)
class Match:
    """So many pieces of one offer set against one need."""

    need: str
    offer: str
    partner: str
    item: str
    """What is offered; another item than asked for when a substitute was named"""
    quantity: int
    days_late: int | None
    """Days after the need's day, 0 when in time, None when a day is unknown"""


@dataclass(frozen=True, slots=True)
class Matching:
    """What meets what, and everything left over on both sides."""

    matches: tuple[Match, ...]
    unmet: tuple[Need, ...]
    unused: tuple[Offer, ...]


def open_needs(ledger: Ledger) -> tuple[Need, ...]:
    """Requirement lines less what serves them: what is promised, earmarked, on order or delivered.

    What serves a requirement is what its own line was promised, and every line whose `serves` names it.
    """
    served: dict[str, int] = {}
    for line in ledger.lines.values():
        target = line.serves or line.id
        served[target] = served.get(target, 0) + max(line.ordered, line.delivered, line.committed)
    needs = []
    for line in ledger.lines.values():
        missing = line.required - served.get(line.id, 0)
        if line.required and missing > 0:
            priority = min((event.priority for event in line.events if event.priority), default=3)
            needs.append(Need(line.id, line.item, missing, line.due, priority))
    return tuple(needs)


def open_offers(ledger: Ledger) -> tuple[Offer, ...]:
    """Promised lines that serve no requirement and have not been delivered in full."""
    return tuple(
        Offer(line.id, line.partner, line.item, line.outstanding, line.due)
        for line in ledger.lines.values()
        if not line.serves and not line.required and line.outstanding
    )


def match(
    needs: Sequence[Need], offers: Sequence[Offer], substitutes: Mapping[str, Sequence[str]] | None = None
) -> Matching:
    """Meet needs in order of priority, then day, then line, each from the offers that suit it best.

    An offer suits best when it is the item asked for, then a substitute in the order named; in time before
    late; then the *latest* that is still in time (so that early ones stay for urgent needs), the least late
    otherwise; then by line. This greedy rule serves a more urgent need fully before the next and is no proven
    optimum over all needs together.

    Parameters
    ----------
    needs, offers : sequence
        As `open_needs` and `open_offers` give them, or made by hand.
    substitutes : mapping of str to sequence of str, optional
        For an item, the other items that may stand for it, best first.

    Returns
    -------
    Matching
        Matched, unmet and unused quantities add up to what was handed in.
    """
    # By position: offers made by hand may share a line, such as one promise in two instalments.
    left = [offer.quantity for offer in offers]
    matches: list[Match] = []
    unmet = []
    for need in sorted(needs, key=lambda need: (need.priority, need.due or date.max, need.line)):
        accepted = (need.item, *(substitutes or {}).get(need.item, ()))
        suited = [k for k, offer in enumerate(offers) if offer.item in accepted]
        missing = need.quantity
        for k in sorted(suited, key=lambda k: _suits(need, offers[k], accepted)):
            offer, taken = offers[k], min(missing, left[k])
            if taken:
                late = _days_late(need, offer)
                matches.append(Match(need.line, offer.line, offer.partner, offer.item, taken, late))
                left[k] -= taken
                missing -= taken
        if missing:
            unmet.append(Need(need.line, need.item, missing, need.due, need.priority))
    unused = [
        Offer(offer.line, offer.partner, offer.item, rest, offer.due)
        for offer, rest in zip(offers, left, strict=True)
        if rest
    ]
    return Matching(tuple(matches), tuple(unmet), tuple(unused))


def _days_late(need: Need, offer: Offer) -> int | None:
    if need.due is None or offer.due is None:
        return None
    return max(0, (offer.due - need.due).days)


def _suits(need: Need, offer: Offer, accepted: Sequence[str]) -> tuple[int, bool, int, str]:
    day = offer.due or date.max
    in_time = need.due is None or day <= need.due
    nearness = -day.toordinal() if in_time and need.due is not None else day.toordinal()
    return accepted.index(offer.item), not in_time, nearness, offer.line
