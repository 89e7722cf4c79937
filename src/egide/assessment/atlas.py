"""The warning-time atlas: minutes of warning for every place and asset, by threat class and axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

MINUTES = (1, 3, 5, 10)
"""Warnings that people are counted for [min]."""


@dataclass(frozen=True)
class Atlas:
    """Warning from the first confirmed track to arrival, along straight routes at constant speed.

    Targets are the scenario's places, then its assets.
    """

    places: int
    """Number of places among the targets."""
    targets: tuple[str, ...]
    """Ids of the targets."""
    names: tuple[str, ...]
    """Names of the targets."""
    kinds: tuple[str, ...]
    """`place`, or the kind of the asset."""
    regions: tuple[str, ...]
    people: NDArray[np.int64]
    """People of each target, shape (targets,)."""
    responders_s: NDArray[np.float64]
    """Time responders need [s], shape (targets,); NaN where none is stated."""
    classes: tuple[str, ...]
    """Threat classes, most numerous first; a class of which some transmit and some keep silent has two."""
    threats: tuple[str, ...]
    """Type that stands for each class."""
    heights_agl_m: tuple[float, ...]
    """Height above ground that type flies at [m]."""
    speeds_mps: tuple[float, ...]
    """Its speed [m/s]."""
    axes: tuple[str, ...]
    """Ids of the axes: launch areas, or points of the compass where raids name none."""
    axis_names: tuple[str, ...]
    warning_s: NDArray[np.float32]
    """Warning [s], shape (targets, classes, axes); NaN: no confirmed track before arrival."""
    sensor: NDArray[np.int16]
    """Number of the unit whose sensor confirms the track, shape as `warning_s`; -1: none."""
    units: tuple[str, ...]
    """Units of the laydown, which `sensor` counts."""
    types: tuple[str, ...]
    """Catalogue type of each unit's sensor; empty without one."""
    not_assessed: tuple[str, ...]
    """Ballistic classes of the raids: lines of sight at a height say nothing about them."""
    by_region: bool
    """Assets and units are shown by region, kind and type only."""

    def class_of(self, threat: str) -> int:
        """Number of the class that a threat type stands for; ValueError for a type that stands for none."""
        return self.threats.index(threat)

    @property
    def shortest_s(self) -> NDArray[np.float32]:
        """Shortest warning over the axes [s], shape (targets, classes); NaN: none on some axis."""
        shortest: NDArray[np.float32] = self.warning_s.min(axis=2)
        return shortest

    @property
    def worst_axis(self) -> NDArray[np.int64]:
        """Axis of the shortest warning, the first without any if there is one, shape (targets, classes)."""
        # A missing warning is the shortest of all.
        known = np.where(np.isnan(self.warning_s), -1.0, self.warning_s)
        worst: NDArray[np.int64] = known.argmin(axis=2)
        return worst

    @property
    def people_by_region(self) -> dict[str, int]:
        """People of the places of each region, in order of first appearance."""
        sums: dict[str, int] = {}
        for region, people in zip(self.regions[: self.places], self.people[: self.places], strict=True):
            sums[region] = sums.get(region, 0) + int(people)
        return sums

    def half_of(self, region: str, number: int) -> list[float]:
        """Warning that half of a region's people have at least, by axis [s]; -1 where half have none.

        Parameters
        ----------
        region : str
        number : int
            Of the threat class.
        """
        here = np.flatnonzero([name == region for name in self.regions[: self.places]])
        people = np.maximum(self.people[here], 1e-9).astype(np.float64)
        half = []
        for axis in range(len(self.axes)):
            times = np.nan_to_num(self.warning_s[here, number, axis].astype(np.float64), nan=-1.0)
            order = np.argsort(-times, kind="stable")
            reached = np.cumsum(people[order]) >= 0.5 * people.sum()
            half.append(float(times[order][int(np.argmax(reached))]))
        return half

    def region_table(self) -> pd.DataFrame:
        """One line for each region and class: what half of its people have at least, on every axis.

        Returns
        -------
        pandas.DataFrame
            Whole seconds, missing where half of the people have no confirmed track before arrival;
            `people_3_min` and so on count the people who have so much on every axis.
        """
        import pandas as pd

        shortest = np.nan_to_num(self.shortest_s[: self.places], nan=-1.0)
        regions = np.array(self.regions[: self.places], dtype=object)
        rows = []
        for region, people in self.people_by_region.items():
            here = regions == region
            for number, threat_class in enumerate(self.classes):
                half = np.array(self.half_of(region, number))
                half[half < 0.0] = np.nan
                worst = int(np.argmin(np.nan_to_num(half, nan=-1.0)))
                counts = {
                    f"people_{minutes}_min": int(
                        self.people[: self.places][here & (shortest[:, number] >= 60.0 * minutes)].sum()
                    )
                    for minutes in MINUTES
                }
                rows.append(
                    {
                        "region": region, "people": people, "threat_class": threat_class,
                        "shortest_s": half[worst], "shortest_axis": self.axes[worst], **counts,
                        **{f"{axis}_s": half[at] for at, axis in enumerate(self.axes)},
                    }
                )  # fmt: skip
        counted = [f"people_{minutes}_min" for minutes in MINUTES]
        columns = ["region", "people", "threat_class", "shortest_s", "shortest_axis", *counted]
        frame = pd.DataFrame(rows, columns=[*columns, *(f"{axis}_s" for axis in self.axes)])
        for name in ("shortest_s", *(f"{axis}_s" for axis in self.axes)):
            frame[name] = _whole(np.floor(frame[name].to_numpy(dtype=np.float64)))
        return frame

    def reader_of(self, unit: int) -> str:
        """Unit that gives a warning as a reader may see it: its type, where reports are by region."""
        if unit < 0:
            return ""
        return self.types[unit] if self.by_region else self.units[unit]

    def to_frame(self) -> pd.DataFrame:
        """One line for each target, class and axis, with the sensor that gives the warning.

        Returns
        -------
        pandas.DataFrame
            Columns `target`, `kind`, `region`, `people`, `threat_class`, `axis`, `warning_s`, `sensor`.
            Where reports are by region, assets go by their kind, and sensors by their type.
        """
        import pandas as pd

        targets, classes, axes = self.warning_s.shape
        target = np.repeat(np.arange(targets), classes * axes)
        labels = np.array([self.reader_of(number) for number in range(len(self.units))] + [""], dtype=object)
        return pd.DataFrame(
            {
                "target": np.array(self._shown, dtype=object)[target],
                "kind": np.array(self.kinds, dtype=object)[target],
                "region": np.array(self.regions, dtype=object)[target],
                "people": self.people[target],
                "threat_class": np.tile(np.repeat(np.array(self.classes, dtype=object), axes), targets),
                "axis": np.tile(np.array(self.axes, dtype=object), targets * classes),
                "warning_s": self.warning_s.ravel(),
                "sensor": labels[self.sensor.ravel()],
            }
        )

    def table(self) -> pd.DataFrame:
        """One line for each target and class: the shortest warning, its axis and sensor, and every axis.

        Returns
        -------
        pandas.DataFrame
            Warnings in whole seconds, missing where there is no confirmed track; `axes_without_track` counts
            those. `margin_s` is the shortest warning less the time responders need, where that is stated.
        """
        import pandas as pd

        targets, classes, _ = self.warning_s.shape
        target, kind = np.repeat(np.arange(targets), classes), np.tile(np.arange(classes), targets)
        worst = self.worst_axis[target, kind]
        shortest = self.shortest_s[target, kind].astype(np.float64)
        seconds = np.floor(self.warning_s[target, kind]).astype(np.float64)
        labels = np.array([self.reader_of(number) for number in range(len(self.units))] + [""], dtype=object)
        columns: dict[str, object] = {
            "target": np.array(self._shown, dtype=object)[target],
            "kind": np.array(self.kinds, dtype=object)[target],
            "region": np.array(self.regions, dtype=object)[target],
            "people": self.people[target],
            "threat_class": np.array(self.classes, dtype=object)[kind],
            "shortest_s": _whole(np.floor(shortest)),
            "shortest_axis": np.array(self.axes, dtype=object)[worst],
            "sensor": labels[self.sensor[target, kind, worst]],
            "axes_without_track": np.isnan(seconds).sum(axis=1),
        }
        if not np.isnan(self.responders_s).all():
            columns["margin_s"] = _whole(np.floor(shortest - self.responders_s[target]))
        for number, axis in enumerate(self.axes):
            columns[f"{axis}_s"] = _whole(seconds[:, number])
        return pd.DataFrame(columns)

    @property
    def _shown(self) -> tuple[str, ...]:
        if not self.by_region:
            return self.names
        return self.names[: self.places] + self.kinds[self.places :]


def _whole(seconds: NDArray[np.float64]) -> pd.Series:
    """Whole seconds with missing values."""
    import pandas as pd

    return pd.Series(seconds).astype("Int64")
