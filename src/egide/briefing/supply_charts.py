"""The chart of the balance from D-day to P-day."""

from __future__ import annotations

import textwrap

from egide.briefing import canvas
from egide.briefing.canvas import INK, PAGE_IN
from egide.briefing.case import Case
from egide.supply.sustain import ItemOutlook

BALANCE_BARS = 12
"""Items whose balance is drawn: those that lack the largest share of what is asked for."""

_FULL = 100.0
_CUT = 150.0
_PARTS = (("opening", "#2171b5", ""), ("delivered", "#9ecae1", ""), ("produced", "#f59a3c", "////"))


def balanced(case: Case) -> list[ItemOutlook]:
    """Items that raids ask for, by the share of it that stock, deliveries and production make up."""
    asked = [
        item for item in case.outlook.items if item.balance is not None and item.balance.asked_per_week > 0.0
    ]
    return sorted(asked, key=lambda item: (sum(shares(case, item)), item.item))


def shares(case: Case, item: ItemOutlook) -> tuple[float, float, float]:
    """Opening stock, deliveries and production as parts of what is asked for over the outlook [%]."""
    balance = item.balance
    assert balance is not None  # only items with a balance are drawn
    asked = balance.asked_per_week * case.outlook.weeks
    there = (float(item.opening_rounds), sum(balance.delivered), float(sum(balance.produced)))
    opening, delivered, produced = (_FULL * rounds / asked for rounds in there)
    return opening, delivered, produced


def balance_chart(case: Case) -> bytes:
    """What there is, comes and is made, beside what raids ask for, item by item."""
    items = balanced(case)[:BALANCE_BARS]
    with canvas.sheet(PAGE_IN, 0.75 + 0.2 * len(items)) as figure:
        height_in = figure.get_figheight()
        axes = figure.add_axes((0.36, 0.42 / height_in, 0.62, 1.0 - 0.72 / height_in))
        rows = [shares(case, item) for item in items]
        left = [0.0] * len(items)
        for part, (name, colour, hatch) in enumerate(_PARTS):
            widths = [min(row[part], max(_CUT - start, 0.0)) for row, start in zip(rows, left, strict=True)]
            axes.barh(
                range(len(items)), widths, left=left, height=0.66, color=colour, hatch=hatch, edgecolor="white",
                linewidth=0.3, label=case.phrases.say(f"balance.{name}"),
            )  # fmt: skip
            left = [start + width for start, width in zip(left, widths, strict=True)]
        names = [textwrap.shorten(case.item(item.item), 44, placeholder="\u2026") for item in items]
        axes.set_yticks(range(len(items)), names)
        axes.axvline(_FULL, color=INK, linewidth=1.0)
        axes.set_xlim(0.0, _CUT)
        axes.invert_yaxis()
        axes.set_xlabel(case.phrases.say("chart.of_asked", weeks=case.outlook.weeks))
        canvas.numbers_as(axes.xaxis, case.phrases)
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, handlelength=1.4, columnspacing=1.0
        )
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_svg(figure)
