"""What every map stands on: hillshade, water, borders, frame and scale bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egide.assessment.result import MapFrame
from egide.briefing.canvas import FAINT, INK, NOTHING, WATER
from egide.briefing.outlines import Outlines, outlines_of
from egide.briefing.phrases import Phrases
from egide.briefing.regions import Regions, regions_of
from egide.model.scenario import Scenario

Colours = NDArray[np.float64]
"""Red, green, blue of each cell from 0 to 1, shape (rows, cols, 3)."""

SHADE_FRACTION = 0.18
"""How far the darkest slope dims a colour [1]."""

LIGHT_FRACTION = 0.05
"""How far the brightest slope lightens it [1]; little, so that colours keep their class."""

SHADE_STEP = 0.02
"""Distance of two brightnesses [1]."""


@dataclass(frozen=True)
class Ground:
    """What lies under the maps of one brief; made once."""

    frame: MapFrame
    outlines: Outlines
    regions: Regions | None
    """Where reports are by region."""
    shade: NDArray[np.float64]
    """Brightness of each cell lit from the north-west [1], shape (rows, cols)."""

    @property
    def extent_m(self) -> tuple[float, float, float, float]:
        """West, east, south and north edge [m]."""
        rows, cols = self.frame.ground_m.shape
        west, north = self.frame.x0_m - self.frame.cell_m / 2, self.frame.y0_m + self.frame.cell_m / 2
        return west, west + cols * self.frame.cell_m, north - rows * self.frame.cell_m, north

    @property
    def ratio(self) -> float:
        """Height of the map by its width [1]."""
        rows, cols = self.frame.ground_m.shape
        return float(rows / cols)

    @property
    def width_fraction(self) -> float:
        """Width of a figure of two maps side by side, less where maps are tall [1]."""
        return min(1.0, max(0.6, 0.78 / self.ratio))

    def coloured(
        self, number: NDArray[np.integer[Any]], palette: Sequence[str], where: NDArray[np.bool_] | None = None
    ) -> Colours:
        """Cells in the colour of their number, 0 and cells outside `where` in that of bare land."""
        from matplotlib.colors import to_rgb

        table = np.array([NOTHING, *(to_rgb(colour) for colour in palette)])
        shown = np.clip(number, 0, len(palette)).astype(np.int64)
        if where is not None:
            shown = np.where(where, shown, 0)
        cells: Colours = table[shown] * self.shade[..., None]
        cells[~self.outlines.land] = WATER
        if self.regions is not None:
            cells[self.regions.edges] *= 0.72
        return cells


def ground_of(scenario: Scenario, frame: MapFrame) -> Ground:
    """Prepare what the maps of a scenario stand on."""
    outlines = outlines_of(frame, scenario.country)
    regions = regions_of(scenario, frame, outlines.country) if scenario.report_by_region else None
    return Ground(frame, outlines, regions, _hillshade(frame))


def _hillshade(frame: MapFrame) -> NDArray[np.float64]:
    """Brightness of slopes lit from the north-west; heights are stretched until the steeper slopes show."""
    ground = np.nan_to_num(frame.ground_m.astype(np.float64), nan=0.0)
    if min(ground.shape) < 2:
        return np.ones(ground.shape)
    south, east = np.gradient(ground, frame.cell_m)
    lit = south + east  # rises towards the south-east face the light
    steep = float(np.quantile(np.abs(lit), 0.98))
    if steep <= 0.0:
        return np.ones(ground.shape)
    slope = np.tanh(1.3 * lit / steep)
    shade = 1.0 + np.where(slope > 0.0, LIGHT_FRACTION, SHADE_FRACTION) * slope
    # Few distinct brightnesses keep the files small; the eye does not see the steps.
    steps: NDArray[np.float64] = np.round(shade / SHADE_STEP) * SHADE_STEP
    return steps


def lay(axes: Any, ground: Ground, cells: Colours, phrases: Phrases, *, scale: bool = True) -> None:
    """Draw cells, borders and scale bar on axes, without ticks."""
    from matplotlib.collections import LineCollection

    west, east, south, north = ground.extent_m
    axes.imshow(
        np.clip(cells, 0.0, 1.0), extent=(west, east, south, north), interpolation="nearest", zorder=0
    )
    borders = ground.outlines
    for rings, colour, width, order in (
        (borders.other_borders, FAINT, 0.4, 2),
        (borders.own_border, INK, 0.8, 3),
    ):
        axes.add_collection(
            LineCollection(rings, colors=colour, linewidths=width, zorder=order), autolim=False
        )
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(True)
    if scale:
        scale_bar(axes, phrases)


def scale_bar(axes: Any, phrases: Phrases) -> None:
    """A bar of a round length, about a fifth of the map."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    length = round_length_m((east - west) / 5.0)
    x, y = west + 0.04 * (east - west), south + 0.05 * (north - south)
    axes.plot([x, x + length], [y, y], color="white", linewidth=4.0, solid_capstyle="butt", zorder=8)
    axes.plot([x, x + length], [y, y], color=INK, linewidth=1.6, solid_capstyle="butt", zorder=9)
    said = phrases.number(length / 1000.0) + "\u00a0km" if length >= 1000.0 else phrases.height(length)
    box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8}
    axes.text(x, y + 0.025 * (north - south), said, fontsize=6.5, color=INK, bbox=box, zorder=9)


def round_length_m(about_m: float) -> float:
    """The length of 1, 2 or 5 times a power of ten that is nearest below [m]."""
    power = 10.0 ** math.floor(math.log10(about_m))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= about_m * (1.0 + 1e-9))
