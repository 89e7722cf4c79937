"""What a posted unit sees and can shoot at: sectors, envelopes, footprints."""

import numpy as np
import pytest

from egide.coverage.reach import Points, place, points_at, sees, shoots
from egide.coverage.result import Coverage
from egide.model.scenario import Scenario
from egide.model.unit import Post, Unit


@pytest.fixture(scope="module")
def everywhere(tiny_coverage: Coverage) -> Points:
    rows, cols = (part.ravel() for part in np.indices(tiny_coverage.grid.shape))
    return points_at(tiny_coverage, rows, cols, 300.0)


def posted(scenario: Scenario, unit: str, site: str, bearing_deg: float = 0.0):
    return place(scenario, scenario.unit(unit), Post(unit=unit, site=site, bearing_deg=bearing_deg))


def test_nothing_is_seen_below_its_lowest_visible_height(tiny: Scenario, tiny_coverage: Coverage) -> None:
    unit = posted(tiny, "radar", "south")
    threat = tiny.catalogue.threat("shahed-136")
    rows, cols = (part.ravel() for part in np.indices(tiny_coverage.grid.shape))
    low = points_at(tiny_coverage, rows, cols, 30.0)
    seen = sees(tiny_coverage, unit, threat, low)
    number = next(n for n, s in enumerate(tiny_coverage.stations) if s.site == "south" and s.mast_m == 5.0)
    lowest = tiny_coverage.lowest_amsl_m(number, rows, cols)
    assert seen.any()
    assert np.all(low.amsl_m[seen] >= lowest[seen])


def test_a_higher_target_is_never_seen_less_within_range_and_elevation(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    unit = posted(tiny, "radar", "south")
    threat = tiny.catalogue.threat("shahed-136")
    rows, cols = (part.ravel() for part in np.indices(tiny_coverage.grid.shape))
    counts = [
        sees(tiny_coverage, unit, threat, points_at(tiny_coverage, rows, cols, height)).sum()
        for height in (30.0, 60.0, 120.0, 240.0)
    ]
    assert counts == sorted(counts)


def test_a_sector_is_turned_by_its_bearing_and_opposite_ones_share_nothing(
    tiny: Scenario, tiny_coverage: Coverage, everywhere: Points
) -> None:
    radar = tiny.catalogue.sensor("counter-drone-radar")
    narrow = radar.model_copy(
        update={"azimuth_sector_deg": radar.azimuth_sector_deg.model_copy(update={"value": 90.0})}
    )
    sensors = tuple(narrow if s.id == radar.id else s for s in tiny.catalogue.sensors)
    scenario = tiny.model_copy(update={"catalogue": tiny.catalogue.model_copy(update={"sensors": sensors})})
    threat = scenario.catalogue.threat("shahed-136")
    parts = [
        sees(tiny_coverage, posted(scenario, "radar", "town", bearing), threat, everywhere)
        for bearing in (0.0, 90.0, 180.0, 270.0)
    ]
    whole = sees(tiny_coverage, posted(tiny, "radar", "town"), threat, everywhere)
    assert all(part.any() for part in parts)
    assert not (parts[0] & parts[2]).any()
    assert np.array_equal(np.any(parts, axis=0), whole)
    east = parts[1]
    own = tiny_coverage.position_of("town")
    # Grid and true north differ by less than a degree on the island.
    assert np.all(everywhere.x_m[east] >= own[0] - 0.02 * np.abs(everywhere.y_m[east] - own[1]))


def test_can_see_and_can_shoot_are_different_maps(
    tiny: Scenario, tiny_coverage: Coverage, everywhere: Points
) -> None:
    unit = posted(tiny, "missiles", "plain")
    threat = tiny.catalogue.threat("shahed-136")
    seen, shot = (
        sees(tiny_coverage, unit, threat, everywhere),
        shoots(tiny, tiny_coverage, unit, threat, everywhere),
    )
    assert (seen & ~shot).any()
    assert np.all(seen[shot]), "its own radar is what it fights with"


def test_an_envelope_keeps_to_range_and_height(
    tiny: Scenario, tiny_coverage: Coverage, everywhere: Points
) -> None:
    unit = posted(tiny, "guns", "town")
    threat = tiny.catalogue.threat("shahed-136")
    shot = shoots(tiny, tiny_coverage, unit, threat, everywhere)
    own = tiny_coverage.position_of("town")
    away = np.hypot(everywhere.x_m - own[0], everywhere.y_m - own[1])
    assert shot.any()
    assert away[shot].max() <= unit.effector.max_range_m.value
    rows, cols = everywhere.rows, everywhere.cols
    too_low = points_at(tiny_coverage, rows, cols, 0.5 * unit.effector.min_height_agl_m.value)
    assert not shoots(tiny, tiny_coverage, unit, threat, too_low).any()


def test_against_ballistic_missiles_only_an_entered_footprint_counts(
    tiny: Scenario, tiny_coverage: Coverage, everywhere: Points
) -> None:
    catalogue = tiny.catalogue
    with_print = next(
        e for e in catalogue.effectors if e.footprints and e.footprints[0].threat_class == "ballistic_missile"
    )
    ballistic = catalogue.threat("iskander-m")
    unit = Unit(id="battery", effector=with_print.id)
    placed = place(tiny, unit, Post(unit="battery", site="south"))
    own = tiny_coverage.position_of("south")
    away = np.hypot(everywhere.x_m - own[0], everywhere.y_m - own[1])
    expected = away <= with_print.footprint("ballistic_missile").value
    assert np.array_equal(shoots(tiny, tiny_coverage, placed, ballistic, everywhere), expected)
    bare = with_print.model_copy(update={"footprints": ()})
    assert not shoots(
        tiny, tiny_coverage, type(placed)(unit, placed.post, placed.sensor, bare, 0.0), ballistic, everywhere
    ).any()


def test_points_off_the_grid_have_no_ground_and_are_never_reached(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    off = points_at(tiny_coverage, np.array([-1]), np.array([3]), 100.0)
    assert np.isnan(off.amsl_m).all()
    assert not sees(
        tiny_coverage, posted(tiny, "radar", "south"), tiny.catalogue.threat("shahed-136"), off
    ).any()
