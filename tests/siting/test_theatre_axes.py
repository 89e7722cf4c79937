"""A footprint counts in a design only at bearings that face most of what is aimed there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import egide as eg
from egide.kernels.laydown import ENGAGES
from egide.model.catalogue_types import BALLISTIC
from egide.model.place import Site
from egide.model.scenario import Scenario
from egide.siting.theatre import build
from egide.siting.theatre_axes import BallisticAxes, ballistic_axes


@given(bearing=st.floats(0.0, 360.0), axis=st.floats(0.0, 360.0), sector=st.floats(1.0, 359.0))
def test_one_axis_is_faced_within_half_the_sector_on_either_side(
    bearing: float, axis: float, sector: float
) -> None:
    axes = BallisticAxes({"a": np.array([axis])}, np.ones((1, 1)))
    turned = min((axis - bearing) % 360.0, (bearing - axis) % 360.0)
    if abs(turned - sector / 2.0) > 1e-6:
        assert axes.faced("a", bearing, sector)[0] == (turned < sector / 2.0)
    assert axes.faced("a", bearing + 360.0, 360.0)[0]


def test_most_threats_decide_and_turning_the_whole_picture_changes_nothing() -> None:
    share = np.array([[0.6, 0.4], [0.4, 0.6]])
    for turn in (0.0, 77.0, 300.0):
        axes = BallisticAxes({"a": np.array([10.0, 190.0]) + turn}, share)
        assert axes.faced("a", turn, 120.0).tolist() == [True, False]
        assert axes.faced("a", 180.0 + turn, 120.0).tolist() == [False, True]


def test_bearings_are_those_of_the_map_and_assets_without_a_threat_have_all_of_them() -> None:
    kyiv = eg.read_scenario("kyiv-2025-07-04")
    axes = ballistic_axes(kyiv)
    assert axes is not None
    assert axes.share.sum(axis=1) == pytest.approx(1.0)
    site = min(kyiv.sites, key=lambda one: abs(one.lon_deg - 30.5) + abs(one.lat_deg - 50.4))
    # Bryansk and Lipetsk lie to the north-east and east of Kyiv.
    assert all(20.0 < bearing % 360.0 < 100.0 for bearing in axes.bearing_deg[site.id])


def test_without_ballistic_threats_there_is_no_axis(tiny: Scenario) -> None:
    ids = {t.id for t in tiny.catalogue.threats if t.threat_class in BALLISTIC}
    groups = tuple(group for group in tiny.raid_groups if group.threat not in ids)
    assert ballistic_axes(tiny.model_copy(update={"raid_groups": groups})) is None


def test_a_kyiv_battery_defends_its_footprint_only_while_it_faces_the_raid() -> None:
    kyiv = eg.read_scenario("kyiv-2025-07-04")
    city = kyiv.asset("city-kyiv")
    here = Site(id="here", name="in the middle", lon_deg=city.lon_deg, lat_deg=city.lat_deg)
    unit = next(
        u for u in kyiv.units if u.effector and len(kyiv.catalogue.effector(u.effector).footprints) == 2
    )
    small = kyiv.model_copy(update={"sites": (here,), "units": (unit,), "laydown": eg.Laydown()})
    coverage = eg.cover(small, eg.read_terrain(small))
    threat = small.catalogue.threat("shahed-136")
    instance = build(small, coverage, threat)
    axes = ballistic_axes(small)
    assert axes is not None
    first = instance.worth.shape[0] - len(small.assets)
    sector = small.catalogue.effector(unit.effector or "").azimuth_sector_deg.value
    assert sector < 360.0
    counted = 0
    for option in range(instance.option_site.size):
        row = slice(instance.indptr[option], instance.indptr[option + 1])
        points = instance.indices[row][(instance.flags[row] & ENGAGES) > 0]
        under = points[points >= first] - first
        site = instance.sites[int(instance.option_site[option])]
        faced = axes.faced(site, float(instance.option_bearing_deg[option]), sector)
        assert faced[under].all()
        counted += under.size
    assert 0 < counted < instance.option_site.size
