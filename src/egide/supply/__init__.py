"""Supply: how long it lasts, which delivery matters most.

Job: campaigns of raids against finite stocks, the value of every lot, where lots should go, what to order.
Takes: a Scenario, a Laydown and a RaidResult; or arrays of rounds, raids, lots and roads.
Gives: an Outlook; balances, rankings, allocations and orders with their bounds.
Never: changes the laydown, opens a file, calls a difference certain that rests on chance alone.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from egide.supply.allocation import AllocationProblem, Status
    from egide.supply.campaign import CampaignResult, run_campaign
    from egide.supply.classical import (
        newsvendor_empirical,
        newsvendor_normal,
        reorder_policy,
        wagner_whitin,
    )
    from egide.supply.fleet import cost_of_types, fleet_availability
    from egide.supply.inputs import (
        Campaign,
        CampaignLot,
        Doctrine,
        Engagement,
        Fleet,
        ProductionLine,
        RaidTempo,
        ResupplyLeg,
    )
    from egide.supply.orders import OrderProblem, choose_orders
    from egide.supply.production import balance_d_to_p, production_schedule
    from egide.supply.programme import expected_leakers, optimal_spending
    from egide.supply.ranking import LotRanking, rank_lots, value_of_line, value_of_partners
    from egide.supply.stochastic import farmer_problem, value_of_planning

# Loaded on first use: numba and scipy take longer to import than most callers of one name want to wait.
# `allocate` comes from the module of its name, which would hide it here.
_WHERE = {
    "AllocationProblem": "allocation", "Campaign": "inputs", "CampaignLot": "inputs",
    "CampaignResult": "campaign", "Doctrine": "inputs", "Engagement": "inputs", "Fleet": "inputs",
    "LotRanking": "ranking", "OrderProblem": "orders", "ProductionLine": "inputs", "RaidTempo": "inputs",
    "ResupplyLeg": "inputs", "Status": "allocation", "balance_d_to_p": "production",
    "choose_orders": "orders", "cost_of_types": "fleet", "expected_leakers": "programme",
    "farmer_problem": "stochastic", "fleet_availability": "fleet", "newsvendor_empirical": "classical",
    "newsvendor_normal": "classical", "optimal_spending": "programme", "production_schedule": "production",
    "rank_lots": "ranking", "reorder_policy": "classical", "run_campaign": "campaign",
    "value_of_line": "ranking", "value_of_partners": "ranking", "value_of_planning": "stochastic",
    "wagner_whitin": "classical",
}  # fmt: skip

__all__ = [
    "AllocationProblem", "Campaign", "CampaignLot", "CampaignResult", "Doctrine", "Engagement", "Fleet",
    "LotRanking", "OrderProblem", "ProductionLine", "RaidTempo", "ResupplyLeg", "Status",
    "balance_d_to_p", "choose_orders", "cost_of_types", "expected_leakers", "farmer_problem",
    "fleet_availability", "newsvendor_empirical", "newsvendor_normal", "optimal_spending",
    "production_schedule", "rank_lots", "reorder_policy", "run_campaign", "value_of_line",
    "value_of_partners", "value_of_planning", "wagner_whitin",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'egide.supply' has no attribute {name!r}")
    return getattr(importlib.import_module(f"egide.supply.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
