"""What siting and the outlook find lacking, as requirements of the ledger, and who could meet them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from egide.app.plan_folder import needs_in, outlook_in, plan_hash, run_hashes
from egide.cooperation import (
    Ledger,
    Matching,
    Need,
    Offer,
    match,
    open_needs,
    open_offers,
    requirement_events,
)
from egide.cooperation.event import Event
from egide.io.scenario_files import scenario_folder
from egide.model.scenario import Scenario
from egide.supply.sustain import Outlook

if TYPE_CHECKING:
    from egide.siting.needs_result import NeedLine

SITING, OUTLOOK = "egide needs", "egide sustain"
"""Who computed a requirement: the source of its event."""

_LEAST_URGENT = 5


def shortages_of(scenario: Scenario, outlook: Outlook) -> list[dict[str, object]]:
    """What is lacking from D-day to P-day or the end of the outlook, one need an item, as ledger fields."""
    needs: list[dict[str, object]] = []
    for item in outlook.items:
        balance = item.balance
        if balance is None or balance.missing_rounds < 0.5 or balance.first_deficit_week is None:
            continue
        early = item.first_shortage_day[1]
        due = scenario.day + timedelta(weeks=balance.first_deficit_week)
        needs.append(
            {
                "line": f"need-{item.item}", "item": item.item, "quantity": math.ceil(balance.missing_rounds),
                "due": due, "priority": 1 if early is not None and early <= 28 else 2,
                "note": f"lacking over {outlook.weeks} weeks, asked for at {balance.asked_per_week:.1f} a week were "
                f"every store full; stated tempo of {outlook.raids_per_week:g} raids a week",
            }
        )  # fmt: skip
    return needs


def needs_of_siting(scenario: Scenario, rows: Sequence[NeedLine]) -> list[dict[str, object]]:
    """What siting would add to meet the requirements, one need an option and requirement, as ledger fields."""
    priority = {requirement.id: requirement.priority for requirement in scenario.requirements}
    needs: list[dict[str, object]] = []
    for row in rows:
        said = [
            f"siting, option {row.option}",
            f"for requirement {row.requirement}" if row.requirement else "",
            f"could come from {row.partner}" if row.partner else "",
            f"costs {row.cost_eur / 1e6:,.1f} M EUR",
            f"in service from {row.available}" if row.available else "",
        ]
        line = "-".join(part for part in ("siting", _slug(row.option), _slug(row.requirement)) if part)
        needs.append(
            {
                "line": line, "item": row.item, "quantity": row.quantity,
                "priority": min(priority.get(row.requirement, _LEAST_URGENT), _LEAST_URGENT),
                "note": "; ".join(part for part in said if part),
            }
        )  # fmt: skip
    return needs


def _slug(text: str) -> str:
    """Text as an identifier of the ledger may hold it."""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")


def run_requirements(name: str, scenario: Scenario, run: Path, at: datetime) -> tuple[Event, ...]:
    """Requirements that a run folder's outlook and needs give, citing plan and run; none without either."""
    outlook, hashes, plan = outlook_in(run), run_hashes(run), plan_hash(scenario_folder(name))
    found: tuple[Event, ...] = ()
    if outlook is not None:
        needs = shortages_of(scenario, outlook)
        found += _cited(needs, plan, hashes.get("outlook", ""), at, OUTLOOK)
    needs = needs_of_siting(scenario, needs_in(run))
    return found + _cited(needs, plan, hashes.get("needs", ""), at, SITING)


def _cited(
    needs: Sequence[Mapping[str, object]], plan: str, run: str, at: datetime, source: str
) -> tuple[Event, ...]:
    return requirement_events([{**need, "plan": plan, "run": run} for need in needs], at, source)


def planned_pieces(scenario: Scenario) -> dict[str, int]:
    """Pieces of each pledge that are lots of the plan: an outlook counts on them already."""
    planned: dict[str, int] = {}
    for lot in scenario.lots:
        if lot.pledge is not None:
            planned[lot.pledge] = planned.get(lot.pledge, 0) + lot.quantity
    return planned


def matching_of(scenario: Scenario, state: Ledger, as_of: date, needs: Sequence[Need] = ()) -> Matching:
    """Set open needs against promises nobody counts on yet, then against what could still be ordered.

    Parameters
    ----------
    scenario : Scenario
        Its lots are taken off the promises they come from; its orders and options are the offers.
    state : Ledger
    as_of : datetime.date
        Day from which an order would take its lead time.
    needs : sequence of Need, optional
        Needs that are not in the ledger.

    Returns
    -------
    Matching
        Its unused offers are promises; what could be ordered and answers nothing is not listed.
    """
    planned = planned_pieces(scenario)
    promised = [
        replace(offer, quantity=offer.quantity - planned.get(offer.line, 0)) for offer in open_offers(state)
    ]
    orderable = [
        Offer(
            option.id, option.partner or "", option.item, option.quantity * option.count,
            as_of + timedelta(days=math.ceil(option.lead_days)),
        )
        for option in scenario.orders
    ]  # fmt: skip
    orderable += [
        Offer(option.id, option.partner or "", option.item, option.count, option.available)
        for option in scenario.options
    ]
    first = match([*open_needs(state), *needs], [offer for offer in promised if offer.quantity > 0])
    then = match(first.unmet, orderable)
    return Matching((*first.matches, *then.matches), then.unmet, first.unused)
