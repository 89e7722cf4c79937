"""The sheet figures are drawn on: fixed fonts, fixed metadata, colours that survive colour blindness and grey print.

Sequences of colours fall in lightness from few to many, so that a grey print keeps their order; classes that
must not be confused differ in hatching or shape as well.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from egide.briefing.phrases import Phrases

PAGE_IN = 6.9
"""Width of a figure that fills the text [in]."""

DOTS_PER_IN = 200
"""Resolution of maps [1/in]."""

INK = "#1a1a1a"
FAINT = "#8a8a8a"
WATER = (0.82, 0.87, 0.91)
NOTHING = (0.955, 0.95, 0.94)
"""Land that nothing is said of."""

BLUES = ("#c6dbef", "#6baed6", "#2171b5", "#08306b")
"""One, two, three or four, and five or more sensors."""

ORANGES = ("#fdd9a8", "#f59a3c", "#c4540a", "#6b2503")
"""One, two, three or four, and five or more effectors."""

PURPLES = ("#dcdaeb", "#ada9d1", "#7a6fb5", "#3f007d")
"""Few to many people without cover."""

BLUE, ORANGE, RED, GREY = "#2171b5", "#d9730d", "#8c1515", "#767676"

_RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8.0,
    "axes.labelsize": 7.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "hatch.linewidth": 0.4,
    "svg.fonttype": "path",
    "svg.hashsalt": "egide",
    "text.usetex": False,
    "path.simplify": True,
}


@contextmanager
def sheet(width_in: float, height_in: float) -> Iterator[Any]:
    """A figure without any global state, under the brief's own settings."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()  # a person's own settings must not change the brief's bytes
        mpl.rcParams.update(_RC)
        yield Figure(figsize=(width_in, height_in), facecolor="white")


def as_png(figure: Any) -> bytes:
    """A figure as PNG, the same bytes for the same figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    out = io.BytesIO()
    figure.savefig(
        out, format="png", dpi=DOTS_PER_IN, metadata={"Software": None}, pil_kwargs={"compress_level": 3}
    )
    return out.getvalue()


def as_svg(figure: Any) -> bytes:
    """A figure as SVG with its letters as outlines, the same bytes for the same figure."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    FigureCanvasSVG(figure)
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def width_fraction(drawing: bytes) -> float:
    """Share of the text's width that a drawing was made for [1]; charts fill it."""
    if not drawing.startswith(b"\x89PNG"):
        return 1.0
    return min(1.0, int.from_bytes(drawing[16:20], "big") / (PAGE_IN * DOTS_PER_IN))


def stamp(figure: Any, phrases: Phrases, notional: bool) -> None:
    """Say on the figure itself that what it shows is notional, so that it says so when cut out."""
    if notional:
        figure.text(
            0.997, 0.995, phrases.say("banner.figure"), ha="right", va="top", fontsize=6.0, color=GREY
        )


def numbers_as(axis: Any, phrases: Phrases, digits: int = 0) -> None:
    """Let an axis write its numbers as the language does."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: phrases.number(value, digits)))
