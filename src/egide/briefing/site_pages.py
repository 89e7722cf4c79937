"""The site plan of an operator: what watches, where it is blind, how late it warns, who may shoot."""

from __future__ import annotations

from typing import Any

import numpy as np

from egide.briefing import canvas
from egide.briefing.canvas import BLUE, BLUES, GREY, INK, ORANGE, PAGE_IN
from egide.briefing.case import Case
from egide.briefing.document import Block, Heading, Picture, Table, Text
from egide.briefing.ground import Ground, lay, scale_bar
from egide.briefing.maps import at_map, name_points

MARGIN_FRACTION = 0.35
"""Room round the posts and assets of the plan, by the size of what they span [1]."""

ARC_FRACTION = 0.16
"""Radius that blind arcs are drawn with, by the width of the plan [1]; not the range."""

TALLEST_IN = 5.2
"""Greatest height of the plan [in]."""


def site_pages(case: Case, ground: Ground) -> list[Block]:
    """Blocks of the section; none where units are shown by region, or where nobody waits for a warning."""
    p, found = case.phrases, case.designed
    waiting = any(asset.responders_s is not None for asset in case.scenario.assets)
    if case.by_region or not waiting or not (found.sensors or found.effectors):
        return []
    blocks: list[Block] = [
        Heading(p.say("siteplan.title")),
        Text(
            p.say(
                "siteplan.intro", alarms=p.measured(case.designed.false_alarms_per_day),
                before=p.measured(case.today.false_alarms_per_day),
            )
        ),
        Picture(
            "site-plan", "png", lambda: site_plan_map(case, ground), p.say("siteplan.caption"),
            p.say("siteplan.alt", sensors=p.number(len(found.sensors)), effectors=p.number(len(found.effectors))),
        ),
    ]  # fmt: skip
    if found.sensors:
        blocks.append(_sensors(case))
    if found.effectors:
        blocks.append(_effectors(case))
    return blocks


def _sensors(case: Case) -> Table:
    p = case.phrases
    rows = []
    for row in case.designed.sensors:
        pairs = list(zip(row.blind_from_deg, row.blind_to_deg, strict=True))
        all_round = pairs == [(0.0, 360.0)]
        arcs = "; ".join(p.say("siteplan.arc", begin=p.number(a), end=p.number(b)) for a, b in pairs)
        rows.append(
            (
                case.unit(row.unit), p.say(f"sensor_kind.{row.kind.lower()}"),
                p.say("siteplan.kilometres", n=p.number(row.range_m / 1000.0, 1)),
                p.say("siteplan.all_round") if all_round else arcs or "\u2013",
                p.percent(row.blind_fraction), p.measured(row.false_alarms_per_day),
            )
        )  # fmt: skip
    keys = ("unit", "kind", "range", "blind", "blind_share", "alarms")
    return Table(
        caption=p.say("siteplan.sensors", height=p.height(case.designed.sensors[0].height_agl_m)),
        head=tuple(p.say(f"siteplan.{key}") for key in keys), rows=tuple(rows), align="llrlrr",
        widths=(2.0, 1.2, 0.9, 2.8, 0.9, 1.1), note=p.say("siteplan.sensors_note"),
    )  # fmt: skip


def _effectors(case: Case) -> Table:
    p = case.phrases
    rows = [
        (
            case.unit(row.unit), case.item(row.type), p.say("siteplan.kilometres", n=p.number(row.range_m / 1000.0, 1)),
            p.text(row.lawful_operator) if row.lawful_operator else p.say("siteplan.not_stated"),
            case.partner(row.partner or None),
        )
        for row in case.designed.effectors
    ]  # fmt: skip
    keys = ("unit", "type", "range", "operator", "partner")
    return Table(
        caption=p.say("siteplan.effectors"), head=tuple(p.say(f"siteplan.{key}") for key in keys),
        rows=tuple(rows), align="llrll", widths=(1.8, 1.8, 0.9, 3.4, 1.4), note=p.say("siteplan.effectors_note"),
    )  # fmt: skip


def site_plan_map(case: Case, ground: Ground) -> bytes:
    """Posts as designed, the blind arcs of every sensor, and the assets."""
    posts = {post.unit: case.scenario.site(post.site) for post in case.design.laydown.posts}
    places = {unit: at_map(site.lon_deg, site.lat_deg, ground) for unit, site in posts.items()}
    assets = [at_map(asset.lon_deg, asset.lat_deg, ground) for asset in case.scenario.assets]
    west, east, south, north = _frame([*places.values(), *assets], ground)
    height_in = min(PAGE_IN * (north - south) / (east - west), TALLEST_IN)
    with canvas.sheet(height_in * (east - west) / (north - south), height_in) as figure:
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        blank = np.zeros(ground.frame.ground_m.shape, dtype=np.int64)
        lay(axes, ground, ground.coloured(blank, BLUES), case.phrases, scale=False)
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        scale_bar(axes, case.phrases)
        radius = ARC_FRACTION * (east - west)
        for row in case.designed.sensors:
            _arcs(axes, places[row.unit], row.blind_from_deg, row.blind_to_deg, radius)
        for x, y in assets:
            axes.plot(
                x, y, "*", color="white", markeredgecolor=INK, markeredgewidth=0.6, markersize=9, zorder=7
            )
        for unit_id, (x, y) in places.items():
            unit = case.scenario.unit(unit_id)
            shape, colour = ("s", ORANGE) if unit.effector is not None else ("o", BLUE)
            axes.plot(
                x,
                y,
                shape,
                color=colour,
                markeredgecolor="white",
                markeredgewidth=0.6,
                markersize=6.5,
                zorder=8,
            )
        names = [(*at, case.unit(unit)) for unit, at in places.items()]
        names += [
            (*at, case.phrases.text(one.name)) for at, one in zip(assets, case.scenario.assets, strict=True)
        ]
        name_points(figure, axes, names, size=5.8)
        _legend(figure, case)
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_png(figure)


def _frame(points: list[tuple[float, float]], ground: Ground) -> tuple[float, float, float, float]:
    """West, east, south, north edge of the plan [m]: what it shows with room round it, within the terrain."""
    x, y = (np.array(part) for part in zip(*points, strict=True))
    room = MARGIN_FRACTION * max(float(np.ptp(x)), float(np.ptp(y)), 10.0 * ground.frame.cell_m)
    west, east, south, north = ground.extent_m
    return (
        max(west, float(x.min()) - room), min(east, float(x.max()) + room),
        max(south, float(y.min()) - room), min(north, float(y.max()) + room),
    )  # fmt: skip


def _arcs(
    axes: Any, at: tuple[float, float], begins: tuple[float, ...], ends: tuple[float, ...], radius_m: float
) -> None:
    """Shade the directions that a sensor is blind in; bearings run clockwise from north."""
    from matplotlib.patches import Circle, Wedge

    axes.add_patch(Circle(at, radius_m, facecolor="none", edgecolor=BLUE, linewidth=0.6, zorder=4))
    for begin, end in zip(begins, ends, strict=True):
        width = (end - begin) % 360.0 or 360.0
        axes.add_patch(
            Wedge(
                at, radius_m, 90.0 - begin - width, 90.0 - begin, facecolor=GREY, alpha=0.35, edgecolor=INK,
                linewidth=0.3, hatch="////", zorder=3,
            )
        )  # fmt: skip


def _legend(figure: Any, case: Case) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    say = case.phrases.say
    handles = [
        Line2D([], [], linestyle="none", marker="o", color=BLUE, markersize=6.5, markeredgecolor="white"),
        Line2D([], [], linestyle="none", marker="s", color=ORANGE, markersize=6.5, markeredgecolor="white"),
        Line2D([], [], linestyle="none", marker="*", color="white", markersize=9, markeredgecolor=INK),
        Patch(facecolor=GREY, alpha=0.35, edgecolor=INK, hatch="////"),
    ]
    labels = [say("map.unit_sensor"), say("map.unit_effector"), say("siteplan.asset"), say("siteplan.blind")]
    legend = figure.legend(
        handles,
        labels,
        ncols=4,
        loc="lower right",
        bbox_to_anchor=(0.995, 0.005),
        handletextpad=0.4,
        columnspacing=1.2,
    )
    legend.set_zorder(10)
    legend.get_frame().set(facecolor="white", alpha=0.85, linewidth=0.0)
    legend.set_frame_on(True)
