"""Busy fire channels over time: in all, and by place."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.briefing import canvas
from egide.briefing.canvas import BLUE, BLUES, INK, ORANGE, PAGE_IN
from egide.briefing.case import Case
from egide.raids.raid_result import SATURATED_FRACTION
from egide.raids.simulate import RaidResult

PLACES = 12
"""Places that are drawn: those whose channels are busy longest."""

STEPS = (1, 5, 15, 40)
"""Least share of a place's channels that are busy, for each colour [per cent]."""

_DOT: Any = {
    "marker": ".", "color": ORANGE, "markeredgecolor": INK, "markeredgewidth": 0.3, "markersize": 5.0, "linestyle": "",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class BusyPlace:
    """Fire units of one region, or one unit where single places may be shown."""

    name: str
    units: int
    channels: int
    busy: NDArray[np.float64]
    """Mean busy channels by time bin."""
    full: NDArray[np.float64]
    """Largest share of a bin in which one of its units had every channel busy [1]."""
    full_units: int
    """Units that were full for half of some bin or longer."""


def busy_places(case: Case, raids: RaidResult) -> tuple[BusyPlace, ...]:
    """Places with busy channels, the busiest first; none for a result that does not hold them."""
    if raids.busy_mean.size == 0 or not raids.sites:
        return ()
    rows: dict[str, list[int]] = {}
    for number, (unit, site) in enumerate(zip(raids.units, raids.sites, strict=True)):
        name = case.region(case.scenario.site(site).region) if case.by_region else case.unit(unit)
        rows.setdefault(name, []).append(number)
    places = [
        BusyPlace(
            name, len(at), int(sum(raids.channels[k] for k in at)), raids.busy_mean[at].sum(axis=0),
            raids.busy_fraction[at].max(axis=0),
            int((raids.busy_fraction[at].max(axis=1) >= SATURATED_FRACTION).sum()),
        )
        for name, at in rows.items()
    ]  # fmt: skip
    busy = [place for place in places if place.busy.max() > 0.005]
    return tuple(sorted(busy, key=lambda place: (-float(place.busy.sum()), place.name)))


def busy_chart(case: Case) -> bytes:
    """Mean busy channels over the raid, and where they are busy under the designed laydown."""
    places = busy_places(case, case.raids)[:PLACES]
    height_in = 1.75 + 0.155 * len(places)
    with canvas.sheet(PAGE_IN, height_in) as figure:
        top = figure.add_axes((0.2, 1.0 - 1.05 / height_in, 0.78, 0.8 / height_in))
        below = figure.add_axes((0.2, 0.6 / height_in, 0.78, 0.155 * len(places) / height_in), sharex=top)
        unit_s, key = (3600.0, "busy_hours") if _end_s(case) > 10_800.0 else (60.0, "busy_minutes")
        _totals(top, case, unit_s)
        _by_place(below, case, places, unit_s)
        below.set_xlabel(case.phrases.say(f"chart.{key}"), labelpad=1.0)
        below.set_xlim(0.0, _end_s(case) / unit_s)
        _legend(figure, case)
        canvas.numbers_as(below.xaxis, case.phrases)
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_svg(figure)


def _end_s(case: Case) -> float:
    """End of the last time bin in which any channel is busy."""
    busy = np.flatnonzero(case.raids.busy_mean.sum(axis=0) > 0.005)
    return float((busy[-1] + 1 if busy.size else 1) * case.raids.bin_s)


def _totals(axes: Any, case: Case, unit_s: float) -> None:
    drawn = [(case.raids, "designed", BLUE, "-")]
    if case.raids_today is not None and case.raids_today.busy_mean.size:
        drawn.append((case.raids_today, "today", ORANGE, "--"))
    for raids, name, colour, style in drawn:
        totals = raids.busy_mean.sum(axis=0)
        edges = np.arange(totals.size + 1) * raids.bin_s / unit_s
        axes.stairs(totals, edges, color=colour, linestyle=style, linewidth=1.3,
                    label=case.phrases.say(f"word.{name}"))  # fmt: skip
    axes.set_ylim(bottom=0.0)
    axes.tick_params(labelbottom=False)
    axes.locator_params(axis="y", nbins=4, integer=True)
    axes.set_ylabel(case.phrases.say("chart.busy_axis"))
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 0.93), ncols=2, handlelength=1.8)
    canvas.numbers_as(axes.yaxis, case.phrases)


def _by_place(axes: Any, case: Case, places: tuple[BusyPlace, ...], unit_s: float) -> None:
    from matplotlib.collections import PolyCollection  # four of them cost a tenth of as many bars

    bin_s = case.raids.bin_s / unit_s
    boxes: list[list[Any]] = [[] for _ in BLUES]
    dots: list[tuple[float, int]] = []
    for row, place in enumerate(places):
        step = np.searchsorted(STEPS, 100.0 * place.busy / max(place.channels, 1), side="right")
        turns = np.flatnonzero(np.diff(step, prepend=-1, append=-1))
        for first, after in itertools.pairwise(turns.tolist()):
            if step[first] > 0:
                left, right, low, high = first * bin_s, after * bin_s, row - 0.5, row + 0.5
                boxes[step[first] - 1].append([(left, low), (right, low), (right, high), (left, high)])
        full = np.flatnonzero(place.full >= SATURATED_FRACTION)
        dots += [((at + 0.5) * bin_s, row) for at in full.tolist()]
    for colour, corners in zip(BLUES, boxes, strict=True):
        axes.add_collection(PolyCollection(corners, facecolors=colour, linewidths=0.0), autolim=False)
    axes.plot([x for x, _ in dots], [y for _, y in dots], **_DOT)
    axes.set_yticks(range(len(places)), [place.name for place in places])
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0.0)


def _legend(figure: Any, case: Case) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    p, ends = case.phrases, (*STEPS[1:], 100)
    handles: list[Any] = [
        Patch(color=colour, label=p.say("chart.busy_step", low=str(low), high=str(high)))
        for colour, low, high in zip(BLUES, STEPS, ends, strict=True)
    ]
    handles.append(Line2D([], [], label=p.say("chart.busy_full"), **_DOT))
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.19, 0.0), ncols=5, handlelength=1.0,
                  columnspacing=1.2)  # fmt: skip
