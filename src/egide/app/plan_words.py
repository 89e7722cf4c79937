"""What results say in the ledger's and the meeting's words: shortages as needs, gaps as points to talk about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from egide.assessment.result import Assessment
from egide.cooperation import AgendaItem
from egide.model.scenario import Scenario
from egide.supply.sustain import Outlook

GAPS_SHOWN = 6
"""Regions whose largest gap an agenda lists, the largest first."""

ITEMS_SHOWN = 6
"""Items running short that an agenda lists, the soonest first."""


def gap_items(
    scenario: Scenario,
    assessment: Assessment | None,
    outlook: Outlook | None,
    hashes: dict[str, str],
    plan: str,
) -> list[AgendaItem]:
    """Points for a meeting from what an assessment and an outlook find missing, the gravest first."""
    items = []
    if assessment is not None:
        run = hashes.get("assess-today", "")
        worst = {
            gap.region: gap for gap in reversed(assessment.gaps)
        }  # ranked: the first of a region is its worst
        for gap in sorted(worst.values(), key=assessment.gaps.index)[:GAPS_SHOWN]:
            text = (
                f"{gap.region or 'the area'} at {gap.height_agl_m:g} m: {gap.people_without_effector:,} people without "
                f"an effector above them, {gap.people_without_sensor:,} without a sensor"
            )
            items.append(AgendaItem("Gaps", text, priority=2, plan=plan, run=run))
    if outlook is not None:
        run = hashes.get("outlook", "")
        for item in outlook.items[:ITEMS_SHOWN]:
            day = item.first_shortage_day[1]
            if day is not None:
                when = scenario.day + timedelta(days=day)
                text = f"{item.item}: short of it by {when} in half of the campaigns"
                items.append(AgendaItem("Gaps", text, priority=1, due=when, plan=plan, run=run))
        best = outlook.lots[0] if outlook.lots else None
        if best is not None and best.value > 0.0:
            text = (
                f"{best.id} ({best.quantity:,} x {best.item}) averts most leakers of all deliveries: {best.value:,.1f} "
                f"({best.low:,.1f} to {best.high:,.1f}) over {outlook.weeks} weeks"
            )
            items.append(AgendaItem("Gaps", text, best.partner, priority=2, plan=plan, run=run))
    return items


def listed(words: Iterable[str]) -> str:
    """Words joined for people, or that there are none."""
    return ", ".join(words) or "none"
