"""The map of a raid's axes, as the scenario states them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from egide.briefing import canvas
from egide.briefing.canvas import BLUES, PAGE_IN, RED
from egide.briefing.case import Case
from egide.briefing.ground import Ground, lay, scale_bar
from egide.briefing.maps import at_map

TALLEST_IN = 4.6
"""Greatest height of the map [in]."""

NAME_FRACTION = 0.2
"""Room to the right of a launch area for its name, by the width of the terrain [1]."""

DOT_PX = 3.0
"""Half the width that labels leave free around a launch area, on the figure's own grid."""

Point = tuple[float, float]


@dataclass(frozen=True)
class RaidAxes:
    """Where launch areas lie, and how many threats each sends towards each point."""

    starts: dict[str, Point]
    lines: dict[tuple[str, tuple[Point, ...]], int]
    """By launch area and the points that are flown by from it, the target last."""

    def sent(self, area: str) -> int:
        return sum(count for (one, _), count in self.lines.items() if one == area)


def axes_map(case: Case, ground: Ground) -> bytes:
    """From where the raid came, by what turning points and towards what: lines as wide as the numbers launched."""
    stated = axes_of_raid(case, ground)
    left, right, low, high = _window(ground, list(stated.starts.values()))
    height_in = min(PAGE_IN * (high - low) / (right - left), TALLEST_IN)
    with canvas.sheet(height_in * (right - left) / (high - low), height_in) as figure:
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        blank = np.zeros(ground.frame.ground_m.shape, dtype=np.int64)
        lay(axes, ground, ground.coloured(blank, BLUES), case.phrases, scale=False)
        axes.set_xlim(left, right)
        axes.set_ylim(low, high)
        scale_bar(axes, case.phrases)
        largest = max(stated.lines.values(), default=1)
        for (area, stops), count in stated.lines.items():
            width = 0.5 + 2.0 * count / largest
            arrow = {
                "arrowstyle": "-|>",
                "color": RED,
                "linewidth": width,
                "alpha": 0.7,
                "shrinkA": 0,
                "shrinkB": 3,
            }
            way = (stated.starts[area], *stops)
            x, y = zip(*way[:-1], strict=True)
            axes.plot(x, y, color=RED, linewidth=width, alpha=0.7, solid_capstyle="butt", zorder=5)
            axes.annotate("", xy=way[-1], xytext=way[-2], arrowprops=arrow, zorder=5)
        _name_starts(figure, axes, case, stated)
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_png(figure)


def axes_of_raid(case: Case, ground: Ground) -> RaidAxes:
    """Where the raid of a brief comes from, by what points and with how many."""
    groups = case.scenario.groups_of(case.raids.raid)
    used = dict.fromkeys(group.launch_area for group in groups)
    places = {area.id: at_map(area.lon_deg, area.lat_deg, ground) for area in case.scenario.launch_areas}
    lines: dict[tuple[str, tuple[Point, ...]], int] = {}
    for group in groups:
        asset = case.scenario.asset(group.target)
        end = at_map(asset.lon_deg, asset.lat_deg, ground)
        if ground.regions is not None:
            end = ground.regions.label_m.get(asset.region, end)
        turns = sorted(
            (one for one in case.scenario.routes if one.route == group.route), key=lambda one: one.order
        )
        key = (group.launch_area, (*(at_map(one.lon_deg, one.lat_deg, ground) for one in turns), end))
        lines[key] = lines.get(key, 0) + group.count
    return RaidAxes({area: places[area] for area in used}, lines)


def _window(ground: Ground, points: list[Point]) -> tuple[float, float, float, float]:
    """West, east, south, north of the map: the terrain, widened until launch areas and names fit on it [m]."""
    west, east, south, north = ground.extent_m
    margin, name = 0.05 * (east - west), NAME_FRACTION * (east - west)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (
        min([west, *(x - margin for x in xs)]), max([east, *(x + name for x in xs)]),
        min([south, *(y - margin for y in ys)]), max([north, *(y + margin for y in ys)]),
    )  # fmt: skip


_SIDES = (
    (5, -2, "left"),
    (5, 5, "left"),
    (5, -9, "left"),
    (-5, 5, "right"),
    (-5, -9, "right"),
    (5, 14, "left"),
)
"""Where a label may stand beside its point [1/72 in], in order of preference."""


def _name_starts(figure: Any, axes: Any, case: Case, stated: RaidAxes) -> None:
    """Name launch areas, each label on the first side where it meets no other and stays on the map."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.transforms import Bbox

    sheet: Any = FigureCanvasAgg(figure)
    renderer = sheet.get_renderer()
    frame = axes.get_window_extent(renderer)
    box = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.6}
    ordered = sorted(stated.starts.items(), key=lambda item: -item[1][1])
    taken: list[Any] = []
    for _, (x, y) in ordered:
        axes.plot(
            x, y, "o", color=RED, markersize=4.5, markeredgecolor="white", markeredgewidth=0.5, zorder=6
        )
        dot = axes.transData.transform((x, y))
        taken.append(Bbox.from_extents(*(dot - DOT_PX), *(dot + DOT_PX)))
    for area, (x, y) in ordered:
        label = axes.annotate(
            f"{case.launch_area(area)}: {case.phrases.number(stated.sent(area))}", (x, y),
            xytext=(0, 0), textcoords="offset points", fontsize=6.8, bbox=box, zorder=7,
        )  # fmt: skip
        for dx, dy, side in _SIDES:
            label.set_position((dx, dy))
            label.set_horizontalalignment(side)
            extent = label.get_window_extent(renderer)
            inside = (
                extent.x0 >= frame.x0
                and extent.x1 <= frame.x1
                and extent.y0 >= frame.y0
                and extent.y1 <= frame.y1
            )
            if inside and not any(extent.overlaps(other) for other in taken):
                break
        taken.append(label.get_window_extent(renderer))
