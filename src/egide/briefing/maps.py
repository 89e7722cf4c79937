"""The paired maps of a brief: coverage, laydown and gaps, today and as designed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.assessment.result import Assessment
from egide.briefing import canvas
from egide.briefing.canvas import BLUE, BLUES, INK, ORANGE, ORANGES, PAGE_IN, PURPLES
from egide.briefing.case import Case
from egide.briefing.ground import Ground, lay
from egide.geo import project
from egide.model.unit import Laydown

LAYER_STEPS = (1, 2, 3, 5)
"""Least number of layers of each colour."""

PEOPLE_STEPS = (1, 100_000, 300_000, 1_000_000)
"""Least number of people of each colour on the map of gaps by region, for a large theatre."""

_GAP = 0.008
_TITLE_IN = 0.2


def coverage_map(case: Case, ground: Ground, height_m: float) -> bytes:
    """Sensors and cued effectors over every cell at a height, today and as designed: four panels."""
    say = case.phrases.say
    with canvas.sheet(PAGE_IN, 1.0) as figure:
        sheets = panels(figure, ground, rows=2, legend_in=0.42)
        pairs = [("sensors", BLUES), ("effectors", ORANGES)]
        for row, (what, palette) in enumerate(pairs):
            for col, (name, result) in enumerate(_both(case)):
                layers = getattr(case.layers(result, height_m), what)
                axes = sheets[row][col]
                lay(axes, ground, ground.coloured(_classes(layers), palette), case.phrases, scale=col == 0)
                axes.set_title(f"{say(f'word.{name}')} \u2013 {say(f'map.{what}')}", loc="left", pad=2.5)
            legend(
                figure,
                row,
                palette,
                (say("map.none"), "1", "2", "3\u20134", say("map.five")),
                say(f"map.{what}"),
            )
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_png(figure)


def _both(case: Case) -> tuple[tuple[str, Assessment], tuple[str, Assessment]]:
    return ("today", case.today), ("designed", case.designed)


def _classes(layers: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.searchsorted(LAYER_STEPS, layers, side="right").astype(np.int64)


def panels(figure: Any, ground: Ground, *, rows: int, legend_in: float) -> list[list[Any]]:
    """Axes in two columns, the figure's height set so that maps keep their proportions."""
    width, width_in = (1.0 - _GAP) / 2.0, PAGE_IN * ground.width_fraction
    panel_in = width * width_in * ground.ratio
    height_in = rows * (panel_in + _TITLE_IN) + legend_in
    figure.set_size_inches(width_in, height_in)
    found = []
    for row in range(rows):
        bottom = (legend_in + (rows - 1 - row) * (panel_in + _TITLE_IN)) / height_in
        box = [(col * (width + _GAP), bottom, width, panel_in / height_in) for col in range(2)]
        found.append([figure.add_axes(one) for one in box])
    return found


def legend(
    figure: Any, row: int, palette: Sequence[str], labels: Sequence[str], title: str, hatched: bool = False
) -> None:
    """A row of patches at the foot; row 0 stands on the left, row 1 on the right."""
    from matplotlib.patches import Patch

    colours: list[Any] = [canvas.NOTHING, *palette]
    patches = [
        Patch(
            facecolor=colour,
            edgecolor=INK,
            linewidth=0.4,
            hatch="////" if hatched and at == len(palette) else None,
        )
        for at, colour in enumerate(colours)
    ]
    figure.legend(
        patches, labels, title=title, ncols=len(labels), loc="lower left", bbox_to_anchor=(0.0 + 0.5 * row, 0.01),
        handlelength=1.2, handleheight=0.9, columnspacing=0.7, handletextpad=0.35, borderpad=0.1,
        title_fontsize=7.0, alignment="left",
    )  # fmt: skip


def gaps_map(case: Case, ground: Ground) -> bytes:
    """What nobody reaches at the planning height: by region, or cell by cell."""
    with canvas.sheet(PAGE_IN, 1.0) as figure:
        sheets = panels(figure, ground, rows=1, legend_in=0.42)[0]
        for axes, (name, result) in zip(sheets, _both(case), strict=True):
            if ground.regions is not None:
                _gaps_by_region(axes, case, ground, result)
            else:
                _gaps_by_cell(figure, axes, case, ground, result)
            axes.set_title(case.phrases.say(f"word.{name}"), loc="left", pad=2.5)
        _gaps_legend(figure, case)
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_png(figure)


def _gaps_by_region(axes: Any, case: Case, ground: Ground, result: Assessment) -> None:
    regions = ground.regions
    assert regions is not None
    gaps = case.gaps(result)
    without = [gaps[name].people_without_effector if name in gaps else 0 for name in regions.names]
    step = np.searchsorted(PEOPLE_STEPS, without, side="right")
    number = np.where(regions.number >= 0, step[regions.number], 0)
    lay(axes, ground, ground.coloured(number, PURPLES), case.phrases, scale=result is case.today)
    worst = np.where(number == len(PURPLES), 1.0, np.nan)
    _hatch(axes, ground, worst)
    for rank, name in enumerate(case.regions(), start=1):
        if name in regions.label_m:
            x, y = regions.label_m[name]
            dark = step[regions.names.index(name)] >= 3
            axes.text(
                x, y, str(rank), ha="center", va="center", fontsize=6.5, zorder=6,
                color="white" if dark else INK, fontweight="bold" if dark else "normal",
            )  # fmt: skip


def _gaps_by_cell(figure: Any, axes: Any, case: Case, ground: Ground, result: Assessment) -> None:
    layers = case.layers(result, case.height_m)
    number = np.where(layers.effectors > 0, 1, np.where(layers.sensors > 0, 2, 4))
    number = np.where(ground.outlines.country, number, 0)
    lay(axes, ground, ground.coloured(number, PURPLES), case.phrases, scale=result is case.today)
    _hatch(axes, ground, np.where(number == 4, 1.0, np.nan))
    names = []
    for asset in case.scenario.assets:
        x, y = at_map(asset.lon_deg, asset.lat_deg, ground)
        axes.plot(x, y, "*", color="white", markeredgecolor=INK, markeredgewidth=0.5, markersize=7, zorder=7)
        names.append((x, y, case.phrases.text(asset.name)))
    name_points(figure, axes, names)


def _hatch(axes: Any, ground: Ground, values: NDArray[np.float64]) -> None:
    """Hatch the cells that hold a number, so that the worst class shows without colour."""
    if np.isnan(values).all():
        return
    west, east, south, north = ground.extent_m
    half = ground.frame.cell_m / 2
    rows, cols = values.shape
    axes.contourf(
        np.linspace(west + half, east - half, cols), np.linspace(north - half, south + half, rows),
        np.nan_to_num(values), levels=[0.5, 1.5], colors="none", hatches=["////"], zorder=4,
    )  # fmt: skip


def _gaps_legend(figure: Any, case: Case) -> None:
    say, number = case.phrases.say, case.phrases.number
    if case.by_region:
        ends = [number(step) for step in PEOPLE_STEPS]
        labels = [
            "0",
            *(say("map.under", n=end) for end in ends[1:]),
            say("map.more", n=ends[-1]),
        ]
        title = say("map.people_without", height=case.phrases.height(case.height_m))
        legend(figure, 0, PURPLES, labels, title, hatched=True)
        return
    chosen = (PURPLES[0], PURPLES[1], PURPLES[3])
    labels = [say("map.outside"), say("map.under_effector"), say("map.sensor_only"), say("map.no_sensor")]
    legend(figure, 0, chosen, labels, say("map.at", height=case.phrases.height(case.height_m)), hatched=True)


def laydown_map(case: Case, ground: Ground) -> bytes:
    """Where units stand today and as designed: numbers by region, or every unit with its bearing."""
    with canvas.sheet(PAGE_IN, 1.0) as figure:
        sheets = panels(figure, ground, rows=1, legend_in=0.3)[0]
        laydowns = (("today", case.scenario.laydown), ("designed", case.design.laydown))
        blank = np.zeros(ground.frame.ground_m.shape, dtype=np.int64)
        for axes, (name, laydown) in zip(sheets, laydowns, strict=True):
            lay(axes, ground, ground.coloured(blank, BLUES), case.phrases, scale=name == "today")
            if ground.regions is not None:
                _units_by_region(axes, case, ground, laydown)
            else:
                _units_one_by_one(figure, axes, case, ground, laydown)
            axes.set_title(case.phrases.say(f"word.{name}"), loc="left", pad=2.5)
        _units_legend(figure, case)
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_png(figure)


def _units_by_region(axes: Any, case: Case, ground: Ground, laydown: Laydown) -> None:
    assert ground.regions is not None
    aside = 0.019 * (ground.extent_m[1] - ground.extent_m[0])
    for region, (sensors, effectors) in case.units_by_region(laydown).items():
        if region not in ground.regions.label_m:
            continue
        x, y = ground.regions.label_m[region]
        both = sensors > 0 and effectors > 0
        for count, shape, colour, side in ((sensors, "o", BLUE, -1), (effectors, "s", ORANGE, 1)):
            if count == 0:
                continue
            at = x + side * aside if both else x
            axes.plot(
                at,
                y,
                shape,
                color=colour,
                markersize=9.0,
                markeredgecolor="white",
                markeredgewidth=0.5,
                zorder=6,
            )
            axes.text(at, y, str(count), ha="center", va="center_baseline", fontsize=6.2, color="white",
                      fontweight="bold", zorder=7)  # fmt: skip


def _units_one_by_one(figure: Any, axes: Any, case: Case, ground: Ground, laydown: Laydown) -> None:
    names = []
    reach = 0.07 * (ground.extent_m[1] - ground.extent_m[0])
    for post in laydown.posts:
        unit, site = case.scenario.unit(post.unit), case.scenario.site(post.site)
        x, y = at_map(site.lon_deg, site.lat_deg, ground)
        turn = np.radians(post.bearing_deg)
        axes.plot(
            [x, x + reach * np.sin(turn)], [y, y + reach * np.cos(turn)], color=INK, linewidth=0.9, zorder=5
        )
        for has, shape, colour, size in ((unit.effector, "s", ORANGE, 7.0), (unit.sensor, "o", BLUE, 5.5)):
            if has is not None:
                axes.plot(x, y, shape, color=colour, markersize=size, markeredgecolor="white",
                          markeredgewidth=0.6, zorder=6)  # fmt: skip
        names.append((x, y, case.phrases.text(unit.name or unit.id)))
    name_points(figure, axes, names)


def _units_legend(figure: Any, case: Case) -> None:
    from matplotlib.lines import Line2D

    say = case.phrases.say
    kinds = (("o", BLUE, "map.unit_sensor"), ("s", ORANGE, "map.unit_effector"))
    handles = [
        Line2D([], [], linestyle="none", marker=shape, color=colour, markersize=7.0, markeredgecolor="white")
        for shape, colour, _ in kinds
    ]
    how = "map.by_region" if case.by_region else "map.bearing"
    figure.legend(
        [*handles, Line2D([], [], linestyle="none")], [*(say(key) for _, _, key in kinds), say(how)],
        ncols=3, loc="lower left", bbox_to_anchor=(0.0, 0.01), handletextpad=0.3, columnspacing=1.6, borderpad=0.1,
    )  # fmt: skip


SIDES = (
    (6, 3, "left"), (-6, 3, "right"), (6, -8, "left"), (-6, -8, "right"), (0, 8, "center"), (0, -13, "center"),
    (14, 10, "left"), (-14, 10, "right"), (14, -15, "left"), (-14, -15, "right"),
)  # fmt: skip
"""Where a label may stand beside its point [1/72 in], in order of preference."""


def name_points(
    figure: Any, axes: Any, names: Sequence[tuple[float, float, str]], *, size: float = 6.0
) -> None:
    """Name points, the northern ones first, each on the first side where it stays on the map and meets no other.

    Parameters
    ----------
    figure, axes
        In their final size.
    names : sequence of tuple
        Easting and northing [m], and the name.
    size : float
        Height of the letters [1/72 in].
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    sheet: Any = FigureCanvasAgg(figure)
    renderer = sheet.get_renderer()
    frame = axes.get_window_extent(renderer)
    box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.4}
    taken: list[Any] = []
    for x, y, name in sorted(names, key=lambda one: (-one[1], one[0], one[2])):
        label = axes.annotate(
            name, (x, y), xytext=(0, 0), textcoords="offset points", fontsize=size, bbox=box, zorder=9
        )
        for dx, dy, side in SIDES:
            label.set_position((dx, dy))
            label.set_horizontalalignment(side)
            extent = label.get_window_extent(renderer)
            inside = extent.x0 >= frame.x0 and extent.x1 <= frame.x1
            if inside and not any(extent.overlaps(other) for other in taken):
                break
        taken.append(label.get_window_extent(renderer))


def at_map(lon_deg: float, lat_deg: float, ground: Ground) -> tuple[float, float]:
    """Easting and northing of a place on the map [m]."""
    x, y = project(lon_deg, lat_deg, ground.frame.crs)
    return float(x), float(y)
