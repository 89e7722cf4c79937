"""The verb `compare`: two or more assessments side by side, in the field's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from egide.assessment.result import Assessment
from egide.assessment.rows import LEVELS
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

    @property
    def changes(self) -> bool:
        """Whether anything changes at this height."""
        return any(
            (self.people_sensor, self.people_effector, self.people_two_effectors, self.assets_effector)
        )

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


LAYER_WORDS = {
    "SENSOR": "sensor layer", "ENVELOPE": "envelope layer, cued or not", "EFFECTOR": "cued effector layer",
}  # fmt: skip
"""Layers in words; the others are layers of the defence by their own name."""


@dataclass(frozen=True)
class LayerDifference:
    """What changes in one layer at one height, by multiplicity: under at least one, two and three."""

    name: str
    """Name of the other assessment."""
    height_agl_m: float
    layer: str
    """As in `LayerRow`."""
    people: tuple[int, int, int]
    """People who come under so many, less those who lose them."""
    assets: tuple[int, int, int]
    """Assets that come under so many, less those that lose them."""

    @property
    def changes(self) -> bool:
        """Whether anything changes in this layer."""
        return any((*self.people, *self.assets))

    def words(self) -> str:
        """One sentence for people."""
        layer = LAYER_WORDS.get(self.layer, f"{self.layer} layer")
        parts = [
            f"{abs(count):,} {'more' if count > 0 else 'fewer'} {who if abs(count) != 1 else one} under at least {level}"
            for who, one, counts in (("people", "person", self.people), ("assets", "asset", self.assets))
            for level, count in zip(LEVELS, counts, strict=True)
            if count
        ]
        return f"{self.name}, {layer} at {self.height_agl_m:g} m: {'; '.join(parts) or 'nothing changes'}"


@dataclass(frozen=True)
class Change:
    """One figure of the worksheet, the atlas or the scorecard in the first assessment and in another."""

    name: str
    """Name of the other assessment."""
    what: str
    """What the figure is."""
    before: float
    after: float
    unit: str

    def words(self) -> str:
        """One sentence for people."""
        moved = "unchanged at" if self.before == self.after else f"{_figure(self.before)} ->"
        unit = "" if self.unit in ("", "1") else f" {self.unit}"
        return f"{self.name}: {self.what} {moved} {_figure(self.after)}{unit}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100.0 or value == int(value) else f"{value:.2f}"


@dataclass(frozen=True)
class Comparison:
    """Assessments by name, and what each changes against the first."""

    names: tuple[str, ...]
    assessments: tuple[Assessment, ...]
    differences: tuple[Difference, ...]
    layers: tuple[LayerDifference, ...]
    """People and assets by height, layer and multiplicity."""
    changes: tuple[Change, ...]
    """Worksheet, warning, losses and scorecard, figure by figure."""
    joins: dict[str, tuple[str, ...]]
    """Assets that come onto the defended asset list in the last phase, by name of the assessment; by kind and
    region where reports are by region."""
    leaves: dict[str, tuple[str, ...]]
    """Assets that leave it."""

    def to_frame(self) -> pd.DataFrame:
        """People and assets under coverage by height and name."""
        import pandas as pd

        frames = {name: item.to_frame() for name, item in zip(self.names, self.assessments, strict=True)}
        return pd.concat(frames, names=["laydown"])

    def layers_frame(self) -> pd.DataFrame:
        """What changes in people and assets by name, height, layer and multiplicity."""
        import pandas as pd

        rows = [
            {
                "laydown": item.name, "height_agl_m": item.height_agl_m, "layer": item.layer,
                **{f"people_{level}": count for level, count in zip(LEVELS, item.people, strict=True)},
                **{f"assets_{level}": count for level, count in zip(LEVELS, item.assets, strict=True)},
            }
            for item in self.layers
        ]  # fmt: skip
        return pd.DataFrame(rows).set_index(["laydown", "height_agl_m", "layer"])

    def words(self) -> list[str]:
        """What changes, one sentence each; figures that stay are left out.

        Layers are told at the planning height; `layers` and `layers_frame` have them all.
        """
        said = [item.words() for item in self.differences if item.changes]
        planned = self.assessments[0].planning_height_agl_m
        said += [item.words() for item in self.layers if item.changes and item.height_agl_m == planned]
        for name in self.names[1:]:
            for verb, found in (("joins", self.joins), ("leaves", self.leaves)):
                said += [f"{name}: {asset} {verb} the defended asset list" for asset in found[name]]
        return said + [item.words() for item in self.changes if item.before != item.after]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "names": list(self.names),
            "differences": [{**asdict(item), "words": item.words()} for item in self.differences],
            "layers": [{**asdict(item), "words": item.words()} for item in self.layers],
            "changes": [{**asdict(item), "words": item.words()} for item in self.changes],
            "joins": {name: list(found) for name, found in self.joins.items()},
            "leaves": {name: list(found) for name, found in self.leaves.items()},
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
    pairs = list(zip(names[1:], items[1:], strict=True))
    return Comparison(
        names,
        items,
        tuple(differences),
        tuple(layer for name, other in pairs for layer in _layer_differences(name, first, other)),
        tuple(change for name, other in pairs for change in _changes(name, first, other)),
        {name: _listed(other, first) for name, other in pairs},
        {name: _listed(first, other) for name, other in pairs},
    )


def _layer_differences(name: str, first: Assessment, other: Assessment) -> Iterator[LayerDifference]:
    """Layer by layer; one that only one of the two laydowns has counts as empty in the other."""
    rows = [{(row.height_agl_m, row.layer): row for row in item.layers} for item in (first, other)]
    nothing = (0, 0, 0)
    for height in (row.height_agl_m for row in first.heights):
        layers = dict.fromkeys(layer for table in rows for at, layer in table if at == height)
        for layer in layers:
            pair = [table.get((height, layer)) for table in rows]
            people, assets = (
                [nothing if row is None else getattr(row, what) for row in pair]
                for what in ("people", "assets")
            )
            yield LayerDifference(
                name, height, layer,
                (people[1][0] - people[0][0], people[1][1] - people[0][1], people[1][2] - people[0][2]),
                (assets[1][0] - assets[0][0], assets[1][1] - assets[0][1], assets[1][2] - assets[0][2]),
            )  # fmt: skip


WARNED_S = (60.0, 180.0, 300.0, 600.0)
"""Warnings that people are counted for in a comparison [s]."""


def _changes(name: str, first: Assessment, other: Assessment) -> Iterator[Change]:
    last = "assets on the defended asset list"
    yield Change(name, last, len(_defended(first)), len(_defended(other)), "")
    for seconds in WARNED_S:
        what = f"people with {seconds / 60.0:g} minutes of warning on every axis"
        yield Change(name, what, _warned(first, seconds), _warned(other, seconds), "")
    for one, two in zip(first.scorecard.guidelines, other.scorecard.guidelines, strict=True):
        yield Change(name, one.name, one.number, two.number, one.unit)
    before, after = (max((row.people_effector for row in item.losses), default=0) for item in (first, other))
    yield Change(name, "people who lose their effector by the gravest single loss", before, after, "")
    yield Change(name, "false alarms", first.false_alarms_per_day, other.false_alarms_per_day, "a day")


def _warned(item: Assessment, seconds: float) -> int:
    """People whose place has so much warning on every axis, against the reference threat's class."""
    column = item.atlas.class_of(item.reference_threat)
    enough = item.atlas.shortest_s[: item.atlas.places, column] >= seconds
    return int(item.atlas.people[: item.atlas.places][enough].sum())


def _defended(item: Assessment) -> dict[str, str]:
    """Defended assets of the last phase by id, as a reader may see them."""
    last = item.worksheet[-1].phase if item.worksheet else ""
    return {
        row.id: f"{row.kind} in {row.region or 'the area'}" if item.by_region else row.name
        for row in item.worksheet
        if row.phase == last and row.is_defended
    }


def _listed(item: Assessment, without: Assessment) -> tuple[str, ...]:
    known = _defended(without)
    return tuple(words for asset, words in _defended(item).items() if asset not in known)
