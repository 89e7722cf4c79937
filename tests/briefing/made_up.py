"""Results made up for a scenario, so that pages can be tested without computing anything first."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, TypeVar

import numpy as np

from egide.assessment.atlas import Atlas
from egide.assessment.probable_result import BandRow, ProbabilityMap, ProbableCoverage, RefractionRow
from egide.assessment.result import Assessment, AssetRow, GapRow, HeightRow, LayerMap, MapFrame
from egide.assessment.rows import (
    DetectionRow,
    EffectorRow,
    Guideline,
    LossRow,
    RegisterRow,
    Scorecard,
    SensorRow,
    Tension,
    WorksheetRow,
)
from egide.briefing.brief import Brief, brief
from egide.coverage.result import Coverage
from egide.geo import Grid, project
from egide.io.scenario_files import read_scenario
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post
from egide.raids.outcome import OUTCOMES
from egide.raids.simulate import LEVELS, RaidResult
from egide.siting.design import DefenceDesign, UnitReason
from egide.supply.sustain import ItemOutlook, LotValue, Outlook

ROWS, COLS = 48, 64

T = TypeVar("T")


def filled(kind: type[T], /, **known: Any) -> T:
    """A result whose fields are the known ones, and None where pages do not look."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    missing = dataclasses.MISSING
    bare = [one.name for one in fields if one.default is missing and one.default_factory is missing]
    return kind(**{**dict.fromkeys(bare), **known})


@cache
def scenario_of(name: str, by_region: bool | None = None) -> Scenario:
    """Packaged scenario, with reports by region forced on or off."""
    scenario = read_scenario(name)
    return scenario if by_region is None else scenario.model_copy(update={"report_by_region": by_region})


def frame_of(scenario: Scenario) -> MapFrame:
    """A small map over the scenario's area, with hills, sea in the first columns and a hole."""
    crs = scenario.area.crs or "+proj=laea +lat_0=48.5 +lon_0=31.2 +datum=WGS84 +units=m +type=crs"
    area = scenario.area
    lon = np.linspace(area.west_deg, area.east_deg, 20)
    lat = np.linspace(area.south_deg, area.north_deg, 20)
    x, y = project(*(one.ravel() for one in np.meshgrid(lon, lat)), crs)
    cell = max((x.max() - x.min()) / COLS, (y.max() - y.min()) / ROWS)
    row, col = np.mgrid[:ROWS, :COLS]
    ground = (200.0 + 150.0 * np.sin(row / 5.0) * np.cos(col / 7.0)).astype(np.float32)
    ground[:, :2] = 0.0
    ground[0, -1] = np.nan
    return MapFrame(crs, float(x.min()) + cell / 2, float(y.max()) - cell / 2, float(cell), ground)


def atlas_of(scenario: Scenario, better: int) -> Atlas:
    """Warnings that grow with the target, some missing, along two axes for one class."""
    nouns = [*scenario.places, *scenario.assets]
    areas = scenario.launch_areas[:2]
    threat = scenario.catalogue.threat(scenario.raid_groups[0].threat)
    warning = np.array(
        [[[60.0 * (n % 9) + 30.0 * a + 5.0 * better for a in range(len(areas))]] for n in range(len(nouns))]
    )
    warning[::7] = np.nan
    responders = [getattr(noun, "responders_s", None) for noun in nouns]
    return Atlas(
        places=len(scenario.places), targets=tuple(n.id for n in nouns), names=tuple(n.name for n in nouns),
        kinds=tuple(getattr(n, "kind", "place") for n in nouns), regions=tuple(n.region for n in nouns),
        people=np.array([n.population for n in nouns]),
        responders_s=np.array([np.nan if one is None else one for one in responders]),
        classes=(threat.threat_class.value,), threats=(threat.id,), heights_agl_m=(50.0,), speeds_mps=(50.0,),
        axes=tuple(area.id for area in areas), axis_names=tuple(area.name for area in areas),
        warning_s=warning.astype(np.float32), sensor=np.where(np.isnan(warning), -1, 0).astype(np.int16),
        units=tuple(post.unit for post in scenario.laydown.posts),
        types=tuple(scenario.unit(post.unit).sensor or "" for post in scenario.laydown.posts),
        not_assessed=("ballistic_missile",), by_region=scenario.report_by_region,
    )  # fmt: skip


def worksheet_of(scenario: Scenario, better: int) -> tuple[WorksheetRow, ...]:
    """Two phases in which every other asset is defended."""
    label = scenario.catalogue.threat(scenario.raid_groups[0].threat).threat_class.value
    return tuple(
        filled(
            WorksheetRow,
            phase=phase, id=asset.id, name=asset.name, kind=asset.kind, region=asset.region, rank=at + 1,
            rank_low=1, rank_high=at + 2, required_layers=asset.required_layers,
            layers={label: at + better, "ballistic_missile": None},
            layers_after_loss={label: max(at + better - 1, 0), "ballistic_missile": None},
            warning_s=None if at % 3 == 0 else 120.0, is_defended=(at + better) % 2 == 0,
        )
        for phase in ("D-day", "from 2025-08-01")
        for at, asset in enumerate(scenario.assets)
    )  # fmt: skip


def register_of(scenario: Scenario) -> tuple[RegisterRow, ...]:
    """A gap that a unit would close, and one that nothing does."""
    site, place = scenario.sites[0], scenario.places[0]
    unit = scenario.units[0]
    kind = unit.sensor or unit.effector or ""
    heights, axis = scenario.heights_agl_m[:2], (scenario.launch_areas[0].id,)
    assets = (scenario.assets[0].id,)
    return (
        RegisterRow(
            place.region, (place.name,), "sensor", heights, axis, 4_000, assets, (scenario.assets[0].kind,), kind,
            site.id, site.region, 0.75, "x",
        ),
        RegisterRow(place.region, (), "warning", heights[:1], axis, 10, (), (), "", "", "", 0.0, "y"),
    )  # fmt: skip


GUIDELINES = (
    "early engagement", "weighted coverage", "depth", "balanced fires", "mutual support", "overlapping fires",
)  # fmt: skip


def scorecard_of(better: int) -> Scorecard:
    """Six numbers and one pair that pulls apart."""
    found = tuple(
        Guideline(name, at + 0.25 + better, "s" if at == 0 else "1", "x", "effectors" if at % 2 else "", ())
        for at, name in enumerate(GUIDELINES)
    )
    return Scorecard(found, (Tension("depth", "overlapping fires", "depth", "x"),))


def sensors_of(scenario: Scenario) -> tuple[SensorRow, ...]:
    """Every sensor of the laydown, blind to the north and once more."""
    rows = []
    for post in scenario.laydown.posts:
        sensor = scenario.unit(post.unit).sensor
        if sensor is not None:
            kind, region = scenario.catalogue.sensor(sensor).kind.value, scenario.site(post.site).region
            rows.append(
                SensorRow(
                    post.unit, sensor, kind, post.site, region, post.bearing_deg, 90.0, 4_000.0, 50.0,
                    (350.0, 100.0), (20.0, 130.0), 1 / 6, 2.5, True,
                )
            )  # fmt: skip
    return tuple(rows)


def effectors_of(scenario: Scenario) -> tuple[EffectorRow, ...]:
    """Every effector of the laydown, with somebody who may operate it."""
    rows = []
    for post in scenario.laydown.posts:
        unit = scenario.unit(post.unit)
        if unit.effector is not None:
            region = scenario.site(post.site).region
            rows.append(
                EffectorRow(
                    unit.id, unit.effector, "KINETIC", "SHORAD", post.site, region, 0.0, 360.0, 3_000.0,
                    "crews of the state", unit.partner or "",
                )
            )  # fmt: skip
    return tuple(rows)


def band_of(scenario: Scenario) -> ProbableCoverage:
    """A band around half of the people, on a frame of its own."""
    people = float(sum(place.population for place in scenario.places))
    frame = frame_of(scenario)
    coarse = MapFrame(frame.crs, frame.x0_m, frame.y0_m, 2 * frame.cell_m, frame.ground_m[::2, ::2])
    share = np.tile(np.array([0, 5, 30, 60, 95, 100], np.uint8), coarse.ground_m.size)[: coarse.ground_m.size]
    share = share.reshape(coarse.ground_m.shape)
    heights, everybody = scenario.heights_agl_m, (0.4 * people, 0.5 * people, 0.6 * people)
    return ProbableCoverage(
        "today", "bare_earth", 0, 8, 10.0, 1_500.0,
        tuple(BandRow(h, everybody, (0.1, 0.2, 0.3), (0.1, 0.2, 0.3), (0.0, 0.1, 0.2)) for h in heights),
        tuple(RefractionRow(k, h, int(0.45 * people * k), 7, 0.2, 0.1) for k in (1.0, 1.6) for h in heights),
        coarse, tuple(ProbabilityMap(h, share, share[::-1]) for h in heights),
    )  # fmt: skip


def assessment_of(scenario: Scenario, laydown: str, better: int) -> Assessment:
    """An assessment in which a fraction of everybody, larger when `better`, is under coverage."""
    people = sum(place.population for place in scenario.places)
    rng = np.random.default_rng(5 + better)
    frame = frame_of(scenario)
    heights, gaps, maps = [], [], []
    regions = dict.fromkeys(place.region for place in scenario.places)
    for at, height in enumerate(scenario.heights_agl_m):
        part = people * (at + 2 + better) // 12
        heights.append(
            HeightRow(height, part, part // 2, part * 2 // 3, part // 3, 2 + better, 1 + better, 0.41, 0.004)
        )
        layers = [rng.integers(0, 7, frame.ground_m.shape).astype(np.uint8) for _ in range(2)]
        maps.append(LayerMap(height, *layers))
        for rank, region in enumerate(regions):
            if rank != better:
                gaps.append(
                    GapRow(region, height, 90_000 * rank + 11, 1_300_000 // (rank + 1 + better), rank % 3)
                )
    assets = [
        AssetRow(
            asset.id, asset.name, asset.kind, asset.region, asset.tier, asset.cvrt_score, asset.population,
            asset.required_layers, tuple(range(len(heights))), tuple(range(1, len(heights) + 1)),
            "not assessed" if better == 0 else f"under {at % 2} entered footprints",
            None if at == 0 else 80.0 * at, "", "",
        )
        for at, asset in enumerate(scenario.assets)
    ]  # fmt: skip
    gaps.sort(key=lambda gap: -gap.people_without_effector)
    return filled(
        Assessment,
        laydown=laydown, notional=scenario.notional, reference_threat=scenario.raid_groups[0].threat,
        surface="bare_earth", people_total=people, assets_total=len(assets), heights=tuple(heights),
        assets=tuple(assets),
        detection=tuple(
            DetectionRow(height, band, 1.0, 0.5, share, share * 0.24, 0.1)
            for height in scenario.heights_agl_m
            for band, share in (("low", 0.25), ("value", 0.375), ("high", 0.5))
        ),
        losses=tuple(
            LossRow((post.unit,), ("patriot-pac3",), scenario.heights_agl_m[0], 10, 5000 - at, 30, 4, 5)
            for at, post in enumerate(scenario.laydown.posts)
        ), gaps=tuple(gaps), frame=frame, maps=tuple(maps),
        units_deployed=len(scenario.laydown.posts), scenario_hash=scenario.fingerprint(),
        by_region=scenario.report_by_region, atlas=atlas_of(scenario, better),
        worksheet=worksheet_of(scenario, better), register=register_of(scenario),
        scorecard=scorecard_of(better), sensors=sensors_of(scenario), effectors=effectors_of(scenario),
    )  # fmt: skip


def design_of(scenario: Scenario) -> DefenceDesign:
    """A design that turns the stated laydown round."""
    sites = [site.id for site in scenario.sites]
    posts = tuple(
        Post(unit=post.unit, site=sites[-1 - at], bearing_deg=45.0)
        for at, post in enumerate(scenario.laydown.posts)
    )
    reasons = tuple(UnitReason(p.unit, p.site, 45.0, 0.125, (scenario.assets[0].id,)) for p in posts[:2])
    return filled(
        DefenceDesign,
        laydown=Laydown(posts=posts, name="designed", notional=scenario.notional), objective=0.8125, bound=0.875,
        gap=0.0769, today=0.5, status="iteration_limit", steps=10, height_agl_m=scenario.siting.height_agl_m,
        reference_threat="x", points=100, options=1234, reasons=reasons, notional=scenario.notional, seed=3,
        scenario_hash=scenario.fingerprint("laydown"), seconds=1.0,
    )  # fmt: skip


def raids_of(
    scenario: Scenario, *, shift: int = 0, trials: int = 200, reported: int | None = None
) -> RaidResult:
    """A raid in which a binomial share of each type gets through."""
    raid = scenario.raid()
    groups = scenario.groups_of(raid.id)
    types = tuple(dict.fromkeys(group.threat for group in groups))
    launched = tuple(sum(g.count for g in groups if g.threat == name) for name in types)
    decoy = tuple(scenario.catalogue.threat(name).threat_class.value == "decoy_drone" for name in types)
    targets = tuple(dict.fromkeys(group.target for group in groups))
    rng = np.random.default_rng(11)
    share = 0.5 + 0.1 * shift
    through = np.stack([rng.binomial(n, share, trials) for n in launched], axis=1).astype(np.int32)
    harmful = through[:, [not one for one in decoy]].sum(axis=1)
    by_target = np.zeros((trials, len(targets)), dtype=np.int32)
    by_target[:, 0] = harmful
    stages = np.outer(launched, np.linspace(0.02, 0.16, len(OUTCOMES)))
    items = tuple(dict.fromkeys(stock.item for stock in scenario.stocks))
    rounds = rng.integers(0, 60, (trials, len(items))).astype(np.int32)
    return filled(
        RaidResult,
        raid=raid.id, laydown="x", trials=trials, seed=7, notional=scenario.notional, types=types, decoy=decoy,
        launched=launched, targets=targets, items=items, stages=OUTCOMES, through_by_type=through,
        through_by_target=by_target, rounds_by_item=rounds, cost_eur=1e5 * rounds.sum(axis=1),
        people_exposed=np.zeros(trials), stage_mean=stages, warning_s=np.zeros((len(targets), len(LEVELS))),
        protected_fraction=np.linspace(0.25, 0.75, len(targets)), units=(), busy_fraction=np.zeros((0, 1)),
        bin_s=60.0, reported_through=raid.reported_through if reported is None else reported,
        scenario_hash=scenario.fingerprint(),
    )  # fmt: skip


def outlook_of(scenario: Scenario, weeks: int = 26) -> Outlook:
    """An outlook with items that run short early, late and never."""
    names = tuple(dict.fromkeys([*(s.item for s in scenario.stocks), *(lot.item for lot in scenario.lots)]))
    days: tuple[tuple[float | None, ...], ...] = ((3.0, 12.0, 40.0), (20.0, 90.0, None), (None, None, None))
    items = []
    for at, name in enumerate(names):
        left = np.linspace(50.0, 0.0, weeks)
        closing = [tuple((left * factor).tolist()) for factor in (0.5, 1.0, 1.5)]
        items.append(
            ItemOutlook(name, 60, 4.5, days[at % 3], (0.0, 0.3, 1.0)[at % 3], (0.1,) * weeks, *closing)
        )
    lots = tuple(
        LotValue(
            lot.id, lot.item, lot.partner or "", lot.quantity, float((lot.due - scenario.day).days), 20.0 - at,
            15.0 - at, 25.0 - at, 0.3, 0.1, 0.5, 1000.0, 10.0, None if at == 0 else 2.5, at + 1, 0.9,
        )
        for at, lot in enumerate(scenario.lots)
    )  # fmt: skip
    return filled(
        Outlook,
        weeks=weeks, campaigns=300, seed=7, notional=scenario.notional, raid=scenario.raid().id, laydown="designed",
        raids_per_week=2.5, items=tuple(items), lots=lots, leakers_by_week=(1.0,) * weeks, delay_days=7,
        scenario_hash=scenario.fingerprint(),
    )  # fmt: skip


def coverage_of(scenario: Scenario) -> Coverage:
    """A coverage that holds nothing: pages do not look into it."""
    empty = np.zeros((0, 2))
    return Coverage(
        Grid("local", (0.0, 0.0), 1.0, (1, 1)), np.zeros((1, 1), np.float32), (), (), empty, empty[:, 0], empty[:, 0],
        4 / 3, "bare_earth", scenario.fingerprint("laydown"),
    )  # fmt: skip


def parts_of(scenario: Scenario) -> dict[str, Any]:
    """Everything `brief` takes, made up for a scenario."""
    return {
        "scenario": scenario,
        "coverage": coverage_of(scenario),
        "today": assessment_of(scenario, "today", 0),
        "design": design_of(scenario),
        "raids": raids_of(scenario),
        "outlook": outlook_of(scenario),
        "designed": assessment_of(scenario, "designed", 1),
        "raids_today": raids_of(scenario, shift=1),
        "probable": band_of(scenario),
    }


@cache
def brief_of(name: str, language: str = "en", by_region: bool | None = None) -> Brief:
    """A whole brief of a packaged scenario; made once for all tests."""
    return brief(**parts_of(scenario_of(name, by_region)), language=language)
