"""Results made up for a scenario, so that pages can be tested without computing anything first."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, TypeVar

import numpy as np

from egide.assessment.result import Assessment, AssetRow, GapRow, HeightRow, LayerMap, MapFrame
from egide.assessment.rows import DetectionRow, LossRow
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


def filled(kind: type[T], **known: Any) -> T:
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
    }


@cache
def brief_of(name: str, language: str = "en", by_region: bool | None = None) -> Brief:
    """A whole brief of a packaged scenario; made once for all tests."""
    return brief(**parts_of(scenario_of(name, by_region)), language=language)
