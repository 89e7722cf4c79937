"""The nouns of an assessment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from egide.assessment.atlas import Atlas
from egide.assessment.rows import (
    LEVELS,
    DetectionMap,
    DetectionRow,
    EffectorRow,
    LayerRow,
    LossRow,
    RegisterRow,
    Scorecard,
    SensorRow,
    WorksheetRow,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class HeightRow:
    """People, assets and area under coverage at one height above ground."""

    height_agl_m: float
    """Height above ground [m]."""
    people_sensor: int
    """People whose place lies under at least one sensor."""
    people_two_sensors: int
    """People under at least two."""
    people_effector: int
    """People under at least one cued effector."""
    people_two_effectors: int
    """People under at least two."""
    assets_sensor: int
    """Assets under at least one sensor."""
    assets_effector: int
    """Assets under at least one cued effector."""
    area_sensor_fraction: float
    """Share of the mapped land under at least one sensor [1]."""
    area_effector_fraction: float
    """Share of the mapped land under at least one cued effector [1]."""


@dataclass(frozen=True)
class AssetRow:
    """One asset: its rank on the critical asset list and what stands over it."""

    id: str
    name: str
    kind: str
    region: str
    tier: int
    score: float
    """Sum of the four ordinal CVRT scores [1]."""
    people: int
    required_layers: int
    sensor_layers: tuple[int, ...]
    """Sensors over it at each reported height."""
    effector_layers: tuple[int, ...]
    """Cued effectors over it at each reported height."""
    ballistic: str
    """`under N entered footprints`, or `not assessed`."""
    warning_s: float | None
    """Shortest warning over the scenario's axes [s]; None: no confirmed track on some axis."""
    warning_axis: str
    """Launch area of that axis."""
    warned_by: str
    """Unit that gives the first confirmed track on it; empty when nobody does."""


@dataclass(frozen=True)
class GapRow:
    """What one region lacks at one height, ranked by the people it concerns."""

    region: str
    height_agl_m: float
    people_without_sensor: int
    people_without_effector: int
    assets_below_required: int
    """Assets of the region with fewer effector layers than asked for at that height."""


@dataclass(frozen=True)
class LayerMap:
    """Number of sensors and of cued effectors over every mapped cell at one height."""

    height_agl_m: float
    sensors: NDArray[np.uint8]
    """Sensors over each cell, shape (rows, cols)."""
    effectors: NDArray[np.uint8]
    """Cued effectors over each cell, shape (rows, cols)."""


@dataclass(frozen=True)
class MapFrame:
    """Where the maps lie: a metric grid, row 0 in the north, coordinates of cell centres."""

    crs: str
    x0_m: float
    """Easting of the first column's centre [m]."""
    y0_m: float
    """Northing of the first row's centre [m]."""
    cell_m: float
    """Edge of a cell [m]."""
    ground_m: NDArray[np.float32]
    """Ground above mean sea level [m], shape (rows, cols); NaN without data."""


@dataclass(frozen=True)
class Assessment:
    """What a laydown covers, over real terrain, for the echo of one stated threat."""

    laydown: str
    """Name of the laydown."""
    notional: bool
    """Whether units and posts are invented."""
    reference_threat: str
    """Threat type whose echo and class coverage is stated for."""
    surface: str
    """`bare_earth` or `surface_model`: what "above ground" is above."""
    people_total: int
    """People in all places of the scenario."""
    assets_total: int
    heights: tuple[HeightRow, ...]
    assets: tuple[AssetRow, ...]
    """Ranked by tier, then score, then people."""
    gaps: tuple[GapRow, ...]
    """Ranked by people without an effector, then without a sensor."""
    frame: MapFrame
    maps: tuple[LayerMap, ...]
    """One for each reported height."""
    units_deployed: int
    scenario_hash: str
    by_region: bool
    """Tables show assets by region and kind, units by type, since the scenario reports by region."""
    planning_height_agl_m: float
    """Reported height that units are sited for [m]; losses and the scorecard are stated there."""
    layers: tuple[LayerRow, ...]
    """People and assets by height, layer and multiplicity."""
    detection: tuple[DetectionRow, ...]
    """Detection probability by height and echo: independent, common cause, bad night, worst loss."""
    detection_map: DetectionMap
    losses: tuple[LossRow, ...]
    """What the loss of any one unit takes away, the gravest first; units that cost nothing are left out."""
    worksheet: tuple[WorksheetRow, ...]
    """From the critical to the defended asset list, by phase and rank."""
    register: tuple[RegisterRow, ...]
    """Gaps with what would close them, ranked by people and assets."""
    scorecard: Scorecard
    sensors: tuple[SensorRow, ...]
    effectors: tuple[EffectorRow, ...]
    atlas: Atlas

    @property
    def false_alarms_per_day(self) -> float:
        """False tracks and calls that all sensors together pass on [1/day]."""
        return sum(row.false_alarms_per_day for row in self.sensors)

    @property
    def heights_are_above(self) -> str:
        """What heights above ground are counted from, in words."""
        return "trees and roofs (surface model)" if self.surface == "surface_model" else "bare ground"

    def at(self, height_agl_m: float) -> HeightRow:
        """Row of one reported height; KeyError for another."""
        for row in self.heights:
            if row.height_agl_m == height_agl_m:
                return row
        raise KeyError(f"{height_agl_m:g} m is not a reported height")

    def to_frame(self) -> pd.DataFrame:
        """People, assets and area by height, one line a height."""
        import pandas as pd

        return self._flagged(pd.DataFrame([asdict(row) for row in self.heights]).set_index("height_agl_m"))

    def assets_frame(self) -> pd.DataFrame:
        """Critical asset list with layers and warning, one line an asset."""
        import pandas as pd

        columns = list(AssetRow.__dataclass_fields__)
        return pd.DataFrame([asdict(row) for row in self.assets], columns=columns).set_index("id")

    def layers_frame(self) -> pd.DataFrame:
        """People and assets by height, layer and multiplicity."""
        import pandas as pd

        rows = [
            {
                "height_agl_m": row.height_agl_m,
                "layer": row.layer,
                "units": row.units,
                **{f"people_{name}": count for name, count in zip(LEVELS, row.people, strict=True)},
                **{f"assets_{name}": count for name, count in zip(LEVELS, row.assets, strict=True)},
            }
            for row in self.layers
        ]
        return self._flagged(pd.DataFrame(rows).set_index(["height_agl_m", "layer"]))

    def detection_frame(self) -> pd.DataFrame:
        """Detection probability over all people by height and echo."""
        import pandas as pd

        frame = pd.DataFrame([asdict(row) for row in self.detection])
        return self._flagged(frame.set_index(["height_agl_m", "band"]))

    def losses_frame(self) -> pd.DataFrame:
        """What the loss of each unit takes away; units by type where reports are by region."""
        import pandas as pd

        columns = [field for field in LossRow.__dataclass_fields__ if field not in ("units", "types")]
        rows = [
            {"lost": ", ".join(row.types if self.by_region else row.units)}
            | {name: getattr(row, name) for name in columns}
            for row in self.losses
        ]
        return pd.DataFrame(rows, columns=["lost", *columns])

    def worksheet_frame(self) -> pd.DataFrame:
        """Worksheet from the critical to the defended asset list, one line a phase and asset."""
        import pandas as pd

        return pd.DataFrame([_worksheet_line(row, self.by_region) for row in self.worksheet])

    def register_frame(self) -> pd.DataFrame:
        """Gap register, one line a gap."""
        import pandas as pd

        return pd.DataFrame([_register_line(row, self.by_region) for row in self.register])

    def atlas_frame(self) -> pd.DataFrame:
        """Warning-time atlas, one line a target, class and axis; `atlas.table()` is the wide form."""
        return self.atlas.to_frame()

    def site_plan_frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Sensors with blind arcs and false alarms, and effectors with their lawful operators."""
        import pandas as pd

        hidden = ["unit", "site"] if self.by_region else []
        sensors = pd.DataFrame([_plan_line(row) for row in self.sensors])
        effectors = pd.DataFrame([asdict(row) for row in self.effectors])
        return tuple(frame.drop(columns=hidden, errors="ignore") for frame in (sensors, effectors))  # type: ignore[return-value]

    def _flagged(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Say in the table itself when heights are not above bare ground."""
        if self.surface == "surface_model":
            return frame.assign(heights_are_above=self.heights_are_above)
        return frame

    def to_json(self) -> dict[str, Any]:
        """Everything but the maps and the atlas, as plain data; by region where reports are."""
        return {
            "laydown": self.laydown,
            "notional": self.notional,
            "reference_threat": self.reference_threat,
            "surface": self.surface,
            "heights_are_above": self.heights_are_above,
            "planning_height_agl_m": self.planning_height_agl_m,
            "people_total": self.people_total,
            "assets_total": self.assets_total,
            "units_deployed": self.units_deployed,
            "false_alarms_per_day": self.false_alarms_per_day,
            "heights": [asdict(row) for row in self.heights],
            "assets": [self._asset_line(row) for row in self.assets],
            "gaps": [asdict(row) for row in self.gaps],
            "layers": [asdict(row) for row in self.layers],
            "detection": [asdict(row) for row in self.detection],
            "worksheet": [_worksheet_line(row, self.by_region) for row in self.worksheet],
            "register": [_register_line(row, self.by_region) for row in self.register],
            "scorecard": asdict(self.scorecard),
            "not_assessed": list(self.atlas.not_assessed),
            "scenario_hash": self.scenario_hash,
        }

    def _asset_line(self, row: AssetRow) -> dict[str, Any]:
        line = asdict(row)
        if self.by_region:
            for name in ("id", "name", "warned_by"):
                del line[name]
        return line


def _worksheet_line(row: WorksheetRow, by_region: bool) -> dict[str, Any]:
    """A worksheet row as one flat line; units and assets by type and kind where reports are by region."""
    defenders = row.defender_types if by_region else row.defenders
    sectors = [
        "all round" if width >= 360.0 else f"{bearing:03.0f} +- {width / 2.0:.0f} deg"
        for bearing, width in zip(row.sector_bearing_deg, row.sector_width_deg, strict=True)
    ]
    line: dict[str, Any] = {"phase": row.phase, "rank": row.rank}
    line |= {} if by_region else {"id": row.id, "name": row.name}
    for name in (
        "kind", "region", "tier", "criticality", "vulnerability", "recuperability", "threat", "score",
        "rank_low", "rank_high", "rank_weights_low", "rank_weights_high", "required_layers",
    ):  # fmt: skip
        line[name] = getattr(row, name)
    line["defenders"] = "; ".join(defenders)
    line["sectors"] = "; ".join(dict.fromkeys(sectors))
    for threat_class, count in row.layers.items():
        line[f"layers_{threat_class}"] = "not assessed" if count is None else count
    for threat_class, count in row.layers_after_loss.items():
        line[f"layers_{threat_class}_after_loss"] = "not assessed" if count is None else count
    line |= {
        "worst_loss": dict(zip(row.defenders, row.defender_types, strict=True)).get(row.worst_loss, "a cue")
        if by_region and row.worst_loss
        else row.worst_loss,
        "warning_s": row.warning_s,
        "is_defended": row.is_defended,
        "undefended": row.undefended,
        "residual_risk": row.residual_risk,
        "accepting_authority": row.accepting_authority,
    }
    return line


def _register_line(row: RegisterRow, by_region: bool) -> dict[str, Any]:
    line: dict[str, Any] = {
        "region": row.region,
        **({} if by_region else {"places": "; ".join(row.places)}),
        "lacks": row.lacks,
        "heights_agl_m": "; ".join(f"{height:g}" for height in row.heights_agl_m),
        "axes": "; ".join(row.axes),
        "people": row.people,
        "assets": len(row.assets),
        "asset_kinds": "; ".join(row.asset_kinds),
    }
    line |= {} if by_region else {"asset_ids": "; ".join(row.assets), "site": row.site}
    return line | {
        "unit_type": row.unit_type,
        "site_region": row.site_region,
        "closes_fraction": row.closes_fraction,
        "closes": row.closes,
    }


def _plan_line(row: SensorRow) -> dict[str, Any]:
    line = {name: getattr(row, name) for name in SensorRow.__dataclass_fields__}
    del line["blind_from_deg"], line["blind_to_deg"]
    pairs = zip(row.blind_from_deg, row.blind_to_deg, strict=True)
    return line | {"blind_arcs_deg": "; ".join(f"{a:.0f} to {b:.0f}" for a, b in pairs)}
