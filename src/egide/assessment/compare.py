"""The verb `compare`: two or more assessments side by side, in the field's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from egide.assessment.result import Assessment
from egide.errors import GridMismatch, InputError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Difference:
    """What changes between the first assessment and another at one height."""

    name: str
    """Name of the other assessment."""
    height_agl_m: float
    people_sensor: int
    """People who come under a sensor, less those who lose it."""
    people_effector: int
    """People who come under a cued effector, less those who lose it."""
    people_two_effectors: int
    """People who come under a second layer, less those who lose it."""
    assets_effector: int
    """Assets that come under a cued effector, less those that lose it."""

    def words(self) -> str:
        """One sentence for people."""
        parts = [
            _moved(self.people_effector, "people", "come under an effector", "lose their effector"),
            _moved(self.people_two_effectors, "people", "gain a second layer", "lose their second layer"),
            _moved(self.people_sensor, "people", "come under a sensor", "lose their sensor"),
            _moved(self.assets_effector, "assets", "come under an effector", "lose their effector"),
        ]
        said = "; ".join(part for part in parts if part)
        return f"{self.name}, at {self.height_agl_m:g} m: {said or 'nothing changes'}"


def _moved(count: int, who: str, gain: str, loss: str) -> str:
    return f"{abs(count):,} {who} {gain if count > 0 else loss}" if count else ""


@dataclass(frozen=True)
class Comparison:
    """Assessments by name, and what each changes against the first."""

    names: tuple[str, ...]
    assessments: tuple[Assessment, ...]
    differences: tuple[Difference, ...]

    def to_frame(self) -> pd.DataFrame:
        """People and assets under coverage by height and name."""
        import pandas as pd

        frames = {
            name: item.to_frame() for name, item in zip(self.names, self.assessments, strict=True)
        }
        return pd.concat(frames, names=["laydown"])

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "names": list(self.names),
            "differences": [{**asdict(item), "words": item.words()} for item in self.differences],
        }


def compare(assessments: Mapping[str, Assessment]) -> Comparison:
    """Compare laydowns.

    Parameters
    ----------
    assessments : mapping of str to Assessment
        At least two; the first one is what the others are compared with.

    Raises
    ------
    InputError
        When there are fewer than two.
    GridMismatch
        When they report different heights or populations, so that their figures cannot be set side by side.
    """
    if len(assessments) < 2:
        raise InputError.one("compare", "assessments", len(assessments), "needs at least two to compare")
    names = tuple(assessments)
    items = tuple(assessments.values())
    first = items[0]
    differences = []
    for name, other in zip(names[1:], items[1:], strict=True):
        same = [row.height_agl_m for row in other.heights] == [row.height_agl_m for row in first.heights]
        if not same or other.people_total != first.people_total:
            raise GridMismatch(f"{names[0]!r} and {name!r} report different heights or populations")
        for before, after in zip(first.heights, other.heights, strict=True):
            differences.append(
                Difference(
                    name, before.height_agl_m,
                    after.people_sensor - before.people_sensor,
                    after.people_effector - before.people_effector,
                    after.people_two_effectors - before.people_two_effectors,
                    after.assets_effector - before.assets_effector,
                )
            )  # fmt: skip
    return Comparison(names, items, tuple(differences))
