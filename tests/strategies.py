"""Hypothesis strategies for nouns: small, valid scenarios that differ in every part."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from egide.io.catalogue_files import read_catalogue
from egide.model.partner import (
    Action,
    Currency,
    Leg,
    Lot,
    OrderOption,
    Partner,
    Pledge,
    Production,
    Requirement,
    Stock,
    Store,
    Sustainment,
)
from egide.model.place import Area, Asset, Place, Site, TerrainReference
from egide.model.raid import LaunchArea, Raid, RaidGroup, Tempo, Waypoint
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post, Unit

CATALOGUE = read_catalogue()
DAY = date(2025, 7, 4)

names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=12
)
lon = st.floats(20.0, 30.0).map(lambda x: round(x, 5))
lat = st.floats(45.0, 50.0).map(lambda x: round(x, 5))


def ids(prefix: str, count: int) -> list[str]:
    """`prefix-1` to `prefix-count`."""
    return [f"{prefix}-{number}" for number in range(1, count + 1)]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A sound scenario with a handful of everything."""
    sites = tuple(
        Site(
            id=i,
            name=draw(names),
            lon_deg=draw(lon),
            lat_deg=draw(lat),
            mast_m=draw(st.sampled_from([0.0, 12.5])),
        )
        for i in ids("site", draw(st.integers(1, 4)))
    )
    assets = tuple(
        Asset(
            id=i, name=draw(names), kind=draw(st.sampled_from(["city", "power"])), lon_deg=draw(lon),
            lat_deg=draw(lat), criticality=draw(st.integers(1, 5)), vulnerability=3, recuperability=2,
            threat=draw(st.integers(1, 5)), population=draw(st.integers(0, 10**6)),
            responders_s=draw(st.none() | st.floats(0, 900).map(lambda x: round(x, 1))),
        )
        for i in ids("asset", draw(st.integers(1, 3)))
    )  # fmt: skip
    partners = tuple(Partner(id=i, name=draw(names), kind="state") for i in ids("partner", 2))
    sensor = st.sampled_from([s.id for s in CATALOGUE.sensors])
    effector = st.sampled_from([e.id for e in CATALOGUE.effectors])
    units = tuple(
        Unit(
            id=i, sensor=draw(sensor), effector=draw(st.none() | effector), partner=draw(st.none() | st.just("partner-1")),
            rounds_in_store=draw(st.integers(0, 40)), linked=draw(st.booleans()),
            releasable_to=draw(st.sampled_from([(), ("partner-1",), ("partner-1", "partner-2")])),
        )
        for i in ids("unit", draw(st.integers(1, len(sites))))
    )  # fmt: skip
    posts = tuple(
        Post(unit=unit.id, site=site.id, bearing_deg=draw(st.integers(0, 359)))
        for unit, site in zip(units, sites, strict=False)
    )
    groups = tuple(
        RaidGroup(
            raid="raid-1", id=i, threat=draw(st.sampled_from([t.id for t in CATALOGUE.threats])),
            count=draw(st.integers(1, 50)), launch_area="area-1", target=assets[0].id,
            route=draw(st.none() | st.just("route-1")), spread_s=float(draw(st.integers(0, 3600))),
        )
        for i in ids("group", draw(st.integers(1, 3)))
    )  # fmt: skip
    item = st.sampled_from([x.id for x in CATALOGUE.interceptors])
    stores: tuple[Store, ...] = ()
    if draw(st.booleans()):
        stores = tuple(
            Store(id=i, name=draw(names), kind="depot" if i == "store-1" else "forward", lon_deg=draw(lon),
                  lat_deg=draw(lat), reserve_weeks=draw(st.sampled_from([0.0, 2.0])))
            for i in ids("store", 3)
        )  # fmt: skip
    destination = st.sampled_from([None, *(store.id for store in stores)])
    return Scenario(
        name="drawn", title=draw(names), day=DAY,
        area=Area(west_deg=19, south_deg=44, east_deg=31, north_deg=51),
        terrain=TerrainReference(path="packaged:terrain/ua_dem_30s.tif", cell_m=draw(st.sampled_from([500.0, 1000.0]))),
        tempo=Tempo(raids_per_week=draw(st.sampled_from([0.5, 3.0])), raid="raid-1"),
        catalogue=CATALOGUE,
        places=tuple(
            Place(id=i, name=draw(names), lon_deg=draw(lon), lat_deg=draw(lat), population=draw(st.integers(0, 10**6)))
            for i in ids("place", draw(st.integers(0, 3)))
        ),
        assets=assets, sites=sites, units=units, laydown=Laydown(posts=posts),
        # Beyond every asset: a raid is not launched where its target stands.
        launch_areas=(LaunchArea(id="area-1", name=draw(names), lon_deg=draw(lon) + 12.0, lat_deg=draw(lat)),),
        routes=(Waypoint(route="route-1", order=1, lon_deg=draw(lon), lat_deg=draw(lat)),),
        raids=(Raid(id="raid-1", name=draw(names), start=datetime(2025, 7, 3, 18, tzinfo=UTC), duration_s=7200.0),),
        raid_groups=groups,
        requirements=(Requirement(id="r-1", priority=1, asset=assets[0].id),),
        partners=partners,
        pledges=(
            Pledge(id="p-1", partner="partner-1", item=draw(item), quantity=10, stage="funded", allocated=5,
                   delivered=draw(st.integers(0, 5)), promised_on=DAY),
        ),
        lots=tuple(
            Lot(id=i, item=draw(item), quantity=draw(st.integers(1, 99)),
                due=DAY + timedelta(days=draw(st.integers(0, 200))), store=draw(destination),
                ordered=draw(st.none() | st.just(DAY)))
            for i in ids("lot", draw(st.integers(0, 3)))
        ),
        stocks=(Stock(item=draw(item), quantity=draw(st.integers(0, 500))),),
        stores=stores,
        legs=tuple(
            Leg(id=f"to-{store.id}", origin="store-1", destination=store.id, transit_days=draw(st.integers(1, 5)),
                rounds_per_day=draw(st.integers(0, 300)))
            for store in stores[1:]
        ),
        production=tuple(
            Production(id=i, item=draw(item), rounds_per_week=draw(st.sampled_from([0.5, 12.0])), start=DAY,
                       ramp_weeks=draw(st.sampled_from([0.0, 6.0])), bottleneck=name,
                       bottleneck_per_week=9.0 if name else None, store=draw(destination))
            for i in ids("line", draw(st.integers(0, 2)))
            for name in [draw(st.sampled_from(["", "motors"]))]
        ),
        orders=tuple(
            OrderOption(id=i, item=draw(item), quantity=draw(st.integers(1, 50)), count=draw(st.integers(1, 4)),
                        cost_eur=float(draw(st.integers(0, 10**7))), lead_days=30.0)
            for i in ids("order", draw(st.integers(0, 2)))
        ),
        currencies=(Currency(id="gbp", rate_eur=1.17),),
        sustainment=Sustainment(budget_eur=draw(st.none() | st.just(5e6))),
        actions=(
            Action(id="a-1", kind="meeting", title=draw(names), owner="partner-1",
                   due=datetime(2025, 7, 11, 9, tzinfo=UTC), with_partners=("partner-2",)),
        ),
    )  # fmt: skip
