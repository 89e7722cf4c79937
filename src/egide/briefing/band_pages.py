"""How far coverage hangs on the terrain's error and on refraction: a table of bands, and a map of where."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egide.assessment.probable_result import ProbableCoverage
from egide.assessment.result import MapFrame
from egide.briefing import canvas
from egide.briefing.canvas import BLUES, ORANGES, PAGE_IN
from egide.briefing.case import Case
from egide.briefing.document import Block, Heading, Picture, Table, Text
from egide.briefing.ground import Ground, lay
from egide.briefing.maps import legend, panels

SHARE_STEPS = (10, 50, 90)
"""Least share of the redrawn terrains of each colour but the first [per cent]."""


def band_pages(case: Case, ground: Ground) -> list[Block]:
    """Blocks of the section; none where no band was worked out."""
    found = case.probable
    if found is None:
        return []
    p = case.phrases
    height = case.height_m
    factors = [row.k_factor for row in found.refraction_at(height)] or [case.scenario.k_factor]
    uncertain = [p.percent(_uncertain(case, ground, found, what)) for what in ("sensors", "effectors")]
    return [
        Heading(p.say("band.title"), 2),
        Text(
            p.say(
                "band.intro", samples=p.number(found.samples), error=p.measured(found.error_m),
                length=p.height(found.correlation_m), seed=str(found.seed),
                k_low=p.number(min(factors), 2), k_high=p.number(max(factors), 2),
            )
        ),
        _table(case, found),
        Picture(
            "band", "png", lambda: band_map(case, ground, found), p.say("band.caption", height=p.height(height)),
            p.say("band.alt", height=p.height(height), sensor=uncertain[0], effector=uncertain[1]),
        ),
    ]  # fmt: skip


def _table(case: Case, found: ProbableCoverage) -> Table:
    p = case.phrases
    rows = []
    for line in case.today.heights:
        band, bent = found.at(line.height_agl_m), found.refraction_at(line.height_agl_m)
        cells = []
        for name in ("people_sensor", "people_effector"):
            low, _, high = getattr(band, name)
            over = [getattr(row, name) for row in bent]
            cells += [
                p.number(getattr(line, name)),
                p.say("band.from_to", low=p.number(low), high=p.number(high)),
                p.say("band.from_to", low=p.number(min(over)), high=p.number(max(over)))
                if over
                else "\u2013",
            ]
        rows.append((p.height(line.height_agl_m), *cells))
    keys = ("height", "sensor", "sensor_band", "sensor_k", "effector", "effector_band", "effector_k")
    return Table(
        caption=p.say("band.table"), head=tuple(p.say(f"band.{key}") for key in keys), rows=tuple(rows),
        align="r" * len(keys), widths=(0.8, 1.2, 1.8, 1.8, 1.2, 1.8, 1.8), note=p.say("band.note"),
    )  # fmt: skip


def _share(found: ProbableCoverage, what: str, height_m: float, frame: MapFrame) -> NDArray[np.uint8]:
    """Share of the terrains over each cell of another frame [per cent], from the nearest cell."""
    layer = next(one for one in found.maps if one.height_agl_m == height_m)
    own, (rows, cols) = found.frame, frame.ground_m.shape
    north = frame.y0_m - frame.cell_m * np.arange(rows)
    east = frame.x0_m + frame.cell_m * np.arange(cols)
    values: NDArray[np.uint8] = getattr(layer, what)
    row = np.clip(np.round((own.y0_m - north) / own.cell_m), 0, values.shape[0] - 1).astype(np.int64)
    col = np.clip(np.round((east - own.x0_m) / own.cell_m), 0, values.shape[1] - 1).astype(np.int64)
    return values[np.ix_(row, col)]


def _uncertain(case: Case, ground: Ground, found: ProbableCoverage, what: str) -> float:
    """Share of the land that some redrawn terrains cover and some do not."""
    share = _share(found, what, case.height_m, ground.frame)[ground.outlines.country]
    return float(((share > 0) & (share < 100)).mean()) if share.size else 0.0


def band_map(case: Case, ground: Ground, found: ProbableCoverage) -> bytes:
    """Share of the redrawn terrains under a sensor, and under a cued effector: two panels."""
    say = case.phrases.say
    with canvas.sheet(PAGE_IN, 1.0) as figure:
        pairs = zip(panels(figure, ground, rows=1, legend_in=0.42)[0], ("sensors", "effectors"), strict=True)
        for number, (axes, what) in enumerate(pairs):
            palette = BLUES if what == "sensors" else ORANGES
            share = _share(found, what, case.height_m, ground.frame)
            step = np.where(share == 0, 0, 1 + np.searchsorted(SHARE_STEPS, share, side="right"))
            lay(axes, ground, ground.coloured(step, palette), case.phrases, scale=number == 0)
            axes.set_title(f"{say('word.today')} \u2013 {say(f'map.{what}')}", loc="left", pad=2.5)
            labels = (
                say("map.none"),
                *(say(f"band.{key}") for key in ("under_tenth", "tenth", "half", "most")),
            )
            legend(figure, number, palette, labels, say("band.share_title", what=say(f"map.{what}")))
        canvas.stamp(figure, case.phrases, case.notional)
        return canvas.as_png(figure)
