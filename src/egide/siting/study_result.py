"""What `study` answers with: designs under other grids, other terrains and other weights, and their bands."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FAMILIES = ("sites", "grid", "terrain", "shares", "scores")
"""What is varied: sites left out, spacing of candidates, elevation model, shares of the value, asset scores."""


@dataclass(frozen=True)
class StudyRow:
    """The design under one variant of what was assumed."""

    family: str
    """`stated`, or one of `FAMILIES`."""
    variant: str
    """What was changed, in words."""
    sites: int
    """Sites there were to choose from."""
    objective: float
    """Value of the design for this variant, in its own terms [1]."""
    bound: float
    gap: float
    """(bound - objective) / objective [1]."""
    stated_fraction: float | None
    """Value here of the design made for what is stated, relative to this design's; None: not comparable [1]."""
    posts_kept_fraction: float
    """Share of the stated design's posts that a unit of the same kind still takes here [1]."""
    people_sensor: int
    """People under a sensor with the variant's design at the planning height."""
    people_effector: int
    """People under a cued effector with it."""


@dataclass(frozen=True)
class StudyBand:
    """Least and most of a family of variants; what is stated counts too, but for the posts kept."""

    family: str
    """One of `FAMILIES`, or `all`."""
    variants: int
    objective: tuple[float, float]
    gap: tuple[float, float]
    posts_kept_fraction: tuple[float, float]
    people_effector: tuple[int, int]
    least_stated_fraction: float | None
    """Least share of a variant's best that the stated design still has [1]; None: not comparable."""


@dataclass(frozen=True)
class Study:
    """How the answer of `site` moves with the candidate grid, the elevation model and the weights."""

    rows: tuple[StudyRow, ...]
    """The stated design first."""
    bands: tuple[StudyBand, ...]
    """By family, and over all."""
    people_total: int
    height_agl_m: float
    """Height above ground that coverage is bought for [m]."""
    error_m: float
    """Standard error of a height [m]."""
    near_m: float
    """Distance within which a post counts as kept [m]."""
    notional: bool
    seed: int
    scenario_hash: str
    """Fingerprint of the scenario without its laydown."""
    seconds: float

    def band(self, family: str = "all") -> StudyBand:
        """Band of a family; KeyError for one that was not varied."""
        for one in self.bands:
            if one.family == family:
                return one
        raise KeyError(family)

    def to_frame(self) -> pd.DataFrame:
        """One line a variant."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows]).set_index(["family", "variant"])

    def band_frame(self) -> pd.DataFrame:
        """One line a family: least and most."""
        import pandas as pd

        lines = []
        for one in self.bands:
            line: dict[str, Any] = {"family": one.family, "variants": one.variants}
            for name in ("objective", "gap", "posts_kept_fraction", "people_effector"):
                line[f"{name}_low"], line[f"{name}_high"] = getattr(one, name)
            lines.append(line | {"least_stated_fraction": one.least_stated_fraction})
        return pd.DataFrame(lines).set_index("family")

    def to_json(self) -> dict[str, Any]:
        """Everything but the seconds, as plain data."""
        content = asdict(self)
        del content["seconds"]
        return content

    def short_words(self) -> str:
        """The band over everything in one sentence, to stand beside the gap."""
        one = self.band()
        low, high = one.people_effector
        return (
            f"over {one.variants} other grids, terrains and weights: value {one.objective[0]:.3f} to "
            f"{one.objective[1]:.3f}, posts kept {_percent(one.posts_kept_fraction[0])} to "
            f"{_percent(one.posts_kept_fraction[1])}, people under a cued effector {low:,} to {high:,}"
        )

    def words(self) -> list[str]:
        """The study in sentences, one a family, then over all."""
        return [self._band_words(one) for one in self.bands]

    def _band_words(self, one: StudyBand) -> str:
        kept = (
            ""
            if one.least_stated_fraction is None
            else f", the stated design keeps {100 * one.least_stated_fraction:.1f} % or more of the best"
        )
        return (
            f"{one.family} ({one.variants} variants): value {one.objective[0]:.3f} to {one.objective[1]:.3f}, "
            f"gap {100 * one.gap[0]:.1f} to {100 * one.gap[1]:.1f} %, "
            f"posts kept {_percent(one.posts_kept_fraction[0])} to {_percent(one.posts_kept_fraction[1])}, "
            f"people under a cued effector {one.people_effector[0]:,} to {one.people_effector[1]:,}{kept}"
        )


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.0f} %"
