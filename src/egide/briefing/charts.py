"""The charts of a brief: what got through, where the chain broke, stocks, deliveries."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from egide.briefing import canvas
from egide.briefing.canvas import BLUE, FAINT, GREY, INK, ORANGE, PAGE_IN, RED
from egide.briefing.case import Case
from egide.briefing.front import soonest
from egide.model.partner import Lot
from egide.raids.simulate import RaidResult
from egide.supply.sustain import ItemOutlook

STOCK_PANELS = 9
"""Items whose stock is drawn: those that run short soonest."""

LOT_BARS = 12
"""Lots that are drawn: those that avert most."""

STOPPED = ("hard kill", "soft kill", "lost")
"""Outcomes of a threat that did not get through."""

_TYPE_FILLS = (
    ("#2171b5", ""), ("#f59a3c", "////"), ("#3f007d", ""), ("#bcbddc", "...."), ("#767676", ""), ("#c6dbef", "xxxx"),
    ("#6b2503", ""), ("#d9d9d9", "----"),
)  # fmt: skip


def raid_chart(case: Case) -> bytes:
    """How many got through over all simulated nights, beside what was reported of the one real night."""
    with canvas.sheet(PAGE_IN, 2.45) as figure:
        axes = figure.add_axes((0.02, 0.165, 0.96, 0.72))
        drawn = [(case.raids, "designed", BLUE, True)]
        if case.raids_today is not None:
            drawn.append((case.raids_today, "today", ORANGE, False))
        edges = _bins([raids for raids, *_ in drawn])
        peak = 0.0
        for number, (raids, name, colour, filled) in enumerate(drawn):
            shares, _ = np.histogram(raids.through, bins=edges)
            heights = shares / raids.trials
            peak = max(peak, float(heights.max()))
            _outline(axes, edges, heights, colour, filled, case.phrases.say(f"word.{name}"))
            row = case.summary(raids)
            y = 0.95 - 0.08 * number
            axes.plot([row["q10"], row["q90"]], [y, y], color=colour, linewidth=3.5, solid_capstyle="butt",
                      transform=axes.get_xaxis_transform())  # fmt: skip
            axes.plot(row["q50"], y, "|", color=INK, markersize=8.0, transform=axes.get_xaxis_transform())
        if case.raids.reported_through is not None:
            _reported(axes, case)
        axes.set_ylim(0.0, 1.3 * peak)
        axes.set_xlabel(
            case.phrases.say("chart.through_axis", launched=case.phrases.number(sum(case.raids.launched)))
        )
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        canvas.numbers_as(axes.xaxis, case.phrases)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.17), ncols=3, handlelength=1.6)
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_svg(figure)


def _bins(results: list[RaidResult]) -> Any:
    low = min(int(raids.through.min()) for raids in results)
    high = max(int(raids.through.max()) for raids in results)
    width = max(1, -(-(high - low + 1) // 45))
    return np.arange(low, high + 2 * width, width) - 0.5


def _outline(axes: Any, edges: Any, heights: Any, colour: str, filled: bool, label: str) -> None:
    axes.stairs(
        heights, edges, fill=filled, color=colour, alpha=0.55 if filled else 1.0, linewidth=1.4, label=label,
        linestyle="-" if filled else "--",
    )  # fmt: skip


def _reported(axes: Any, case: Case) -> None:
    reported = case.raids.reported_through
    assert reported is not None
    said = case.phrases.say("chart.reported", n=case.phrases.number(reported))
    axes.axvline(reported, color=RED, linewidth=1.6, linestyle="-", label=said, zorder=5)
    axes.plot(reported, 1.0, "v", color=RED, markersize=6.0, zorder=6, clip_on=False,
              transform=axes.get_xaxis_transform())  # fmt: skip


def chain_chart(case: Case) -> bytes:
    """Mean number of threats that ended at each stage, parted by type."""
    raids = case.raids
    stages = [number for number in range(len(raids.stages)) if raids.stage_mean[:, number].sum() > 0.005]
    height_in = 0.85 + 0.16 * len(stages)
    with canvas.sheet(PAGE_IN, height_in) as figure:
        axes = figure.add_axes((0.16, 0.4 / height_in, 0.82, 1.0 - 0.75 / height_in))
        left = np.zeros(len(stages))
        y = np.arange(len(stages))
        for number, name in enumerate(raids.types):
            colour, hatch = _TYPE_FILLS[number % len(_TYPE_FILLS)]
            values = raids.stage_mean[number, stages]
            axes.barh(
                y, values, left=left, height=0.72, color=colour, hatch=hatch, edgecolor="white", linewidth=0.3,
                label=case.threat(name),
            )  # fmt: skip
            left += values
        axes.set_yticks(y, [case.phrases.say(f"stage.{_key(raids.stages[at])}") for at in stages])
        for tick, at in zip(axes.get_yticklabels(), stages, strict=True):
            tick.set_color(BLUE if raids.stages[at] in STOPPED else INK)
        axes.set_xlabel(case.phrases.say("chart.mean_threats"))
        canvas.numbers_as(axes.xaxis, case.phrases)
        axes.set_ylim(len(stages) - 0.5, -0.5)
        axes.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=len(raids.types), handlelength=1.4,
                    columnspacing=1.0)  # fmt: skip
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_svg(figure)


def _key(stage: str) -> str:
    return stage.replace(" ", "_")


def stock_chart(case: Case) -> bytes:
    """Rounds left week by week for the items that run short soonest, with the days deliveries are due."""
    items = soonest(case.outlook.items)[:STOCK_PANELS]
    rows = max(1, -(-len(items) // 3))
    with canvas.sheet(PAGE_IN, 0.35 + 1.28 * rows) as figure:
        grid = figure.subplots(rows, 3, squeeze=False)
        figure.subplots_adjust(left=0.065, right=0.99, top=1 - 0.2 / (0.35 + 1.28 * rows),
                               bottom=0.42 / (0.35 + 1.28 * rows), hspace=0.62, wspace=0.26)  # fmt: skip
        for number, axes in enumerate(grid.ravel()):
            if number < len(items):
                _stock(axes, case, items[number])
                if number + 3 >= len(items):
                    axes.set_xlabel(case.phrases.say("chart.week"))
            else:
                axes.set_visible(False)
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_svg(figure)


def _stock(axes: Any, case: Case, item: ItemOutlook) -> None:
    weeks = np.arange(case.outlook.weeks + 1)
    opening = (float(item.opening_rounds),)
    axes.fill_between(
        weeks, opening + item.closing_low, opening + item.closing_high, color=BLUE, alpha=0.3, linewidth=0.0
    )
    axes.plot(weeks, opening + item.closing_median, color=INK, linewidth=1.1)
    axes.set_ylim(bottom=0.0)
    axes.set_xlim(0, case.outlook.weeks)
    for lot in case.scenario.lots:
        if lot.item == item.item:
            _due(axes, case, lot)
    axes.set_title(
        textwrap.shorten(case.item(item.item), 40, placeholder="\u2026"), loc="left", pad=3.0, fontsize=6.6
    )
    axes.locator_params(axis="y", nbins=4, integer=True)
    axes.locator_params(axis="x", nbins=6, integer=True)
    canvas.numbers_as(axes.yaxis, case.phrases)


def _due(axes: Any, case: Case, lot: Lot) -> None:
    week = (lot.due - case.scenario.day).days / 7.0
    if 0.0 <= week <= case.outlook.weeks:
        axes.plot(
            week,
            0.0,
            "^",
            color=RED,
            markersize=4.5,
            clip_on=False,
            zorder=6,
            transform=axes.get_xaxis_transform(),
        )


def lots_chart(case: Case) -> bytes:
    """Threats each delivery stops that would get through without it, with the interval of that mean."""
    lots = case.outlook.lots[:LOT_BARS]
    with canvas.sheet(PAGE_IN, 0.6 + 0.2 * len(lots)) as figure:
        height_in = figure.get_figheight()
        axes = figure.add_axes((0.42, 0.42 / height_in, 0.56, 1.0 - 0.5 / height_in))
        for number, lot in enumerate(lots):
            axes.barh(number, lot.value, height=0.6, color="#9ecae1", edgecolor=FAINT, linewidth=0.4)
            axes.plot([lot.low, lot.high], [number, number], color=INK, linewidth=1.2)
            axes.plot([lot.low, lot.high], [number, number], "|", color=INK, markersize=5.0)
        names = [
            f"{lot.rank}. {case.phrases.number(lot.quantity)} \u00d7 {case.item(lot.item)} ({case.partner(lot.partner)})"
            for lot in lots
        ]
        axes.set_yticks(range(len(lots)), names)
        axes.axvline(0.0, color=GREY, linewidth=0.6)
        axes.invert_yaxis()
        axes.set_xlabel(case.phrases.say("chart.averted", weeks=case.outlook.weeks))
        canvas.numbers_as(axes.xaxis, case.phrases)
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_svg(figure)
