"""Totals that never mix what was promised, what was earmarked and what arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from egide.cooperation.ledger import Ledger
from egide.cooperation.line import Line
from egide.errors import InputError, Problem

EURO: Final[Mapping[str, float]] = {"EUR": 1.0}
"""Rates when nothing but euros is stated."""

_BY: Final = ("partner", "item", "maker", "place", "line")
_MONEY_OF: Final = {"pledged": "committed", "allocated": "allocated", "delivered": "delivered"}


@dataclass(frozen=True, slots=True)
class Total:
    """Three separate sums over the lines that share a partner, an item or whatever was asked for."""

    key: tuple[str, ...]
    """Values of the fields the sum is grouped by"""
    committed: int
    """Pieces promised, withdrawals taken off"""
    allocated: int
    """Pieces earmarked"""
    delivered: int
    """Pieces arrived"""
    committed_eur: float
    """Money stated with promises [EUR]"""
    allocated_eur: float
    """Money stated with allocations [EUR]"""
    delivered_eur: float
    """Money stated with deliveries [EUR]"""
    lines: tuple[str, ...]
    disagreements: int
    """Places where sources tell one of these lines differently"""


@dataclass(slots=True)
class _Sum:
    pieces: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_MONEY_OF.values(), 0))
    money: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_MONEY_OF.values(), 0.0))
    lines: list[str] = field(default_factory=list)
    disagreements: int = 0


def totals(
    ledger: Ledger, by: Sequence[str] = ("partner", "item"), rates: Mapping[str, float] = EURO
) -> tuple[Total, ...]:
    """Sum commitment, allocation and delivery, each on its own.

    Parameters
    ----------
    ledger : Ledger
    by : sequence of str
        Fields to group by, of partner, item, maker, place and line.
    rates : mapping of str to float
        Euros for one unit of each currency.

    Returns
    -------
    tuple of Total
        In order of the keys. A line that only asks for something is in none.

    Raises
    ------
    InputError
        For an unknown field, and for every currency without a rate.
    """
    unknown = [
        Problem("totals", "by", name, f"is none of {', '.join(_BY)}") for name in by if name not in _BY
    ]
    if unknown:
        raise InputError(unknown)
    promising = [line for line in ledger.lines.values() if not line.is_need]
    check_rates(promising, rates)
    sums: dict[tuple[str, ...], _Sum] = {}
    for line in promising:
        key = tuple(line.id if name == "line" else str(getattr(line, name)) for name in by)
        _add(sums.setdefault(key, _Sum()), line, rates)
    return tuple(_total(key, sums[key]) for key in sorted(sums))


def check_rates(lines: Sequence[Line], rates: Mapping[str, float]) -> None:
    """Refuse, all at once, the currencies that lines state and `rates` lacks."""
    missing: dict[str, str] = {}
    for line in lines:
        for _, currency in line.money:
            if currency not in rates:
                missing.setdefault(currency, line.id)
    if missing:
        remedy = "has no rate; state how many euros one unit is worth"
        raise InputError(
            [Problem("rates", f"{line}.currency", code, remedy) for code, line in missing.items()]
        )


def _add(into: _Sum, line: Line, rates: Mapping[str, float]) -> None:
    into.pieces["committed"] += line.committed
    into.pieces["allocated"] += line.allocated
    into.pieces["delivered"] += line.delivered
    for (kind, currency), amount in line.money.items():
        sign = -1.0 if kind == "withdrawn" else 1.0
        column = "committed" if kind == "withdrawn" else _MONEY_OF.get(kind)
        if column is not None:
            into.money[column] += sign * amount * rates[currency]
    into.lines.append(line.id)
    into.disagreements += len(line.disagreements)


def _total(key: tuple[str, ...], made: _Sum) -> Total:
    return Total(
        key,
        made.pieces["committed"], made.pieces["allocated"], made.pieces["delivered"],
        made.money["committed"], made.money["allocated"], made.money["delivered"],
        tuple(made.lines), made.disagreements,
    )  # fmt: skip
