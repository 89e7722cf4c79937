"""The gap register: whom a gap concerns, and whether what would close it does."""

import itertools

import numpy as np
import pytest

from egide.assessment.assess import assess
from egide.assessment.board import board_of
from egide.assessment.gaps import BEARINGS_DEG
from egide.assessment.result import Assessment
from egide.coverage.network import picture
from egide.coverage.result import Coverage
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post


@pytest.fixture(scope="module")
def bare(dam: Scenario, dam_coverage: Coverage) -> Assessment:
    """The dam with little to watch it: many gaps."""
    posts = tuple(post for post in dam.laydown.posts if post.unit in ("camera-yard", "net-launcher"))
    return assess(dam, dam_coverage, Laydown(posts=posts))


def test_people_in_a_gap_are_those_of_its_places(
    dam: Scenario, dam_coverage: Coverage, bare: Assessment
) -> None:
    posts = tuple(post for post in dam.laydown.posts if post.unit in ("camera-yard", "net-launcher"))
    board = board_of(dam, dam_coverage, Laydown(posts=posts))
    for row in bare.register:
        if row.lacks != "sensor":
            continue
        counts = []
        for height in row.heights_agl_m:
            over = board.picture(height)
            blind = over.sensor_layers[board.places] == 0
            here = np.array([place.region == row.region for place in dam.places])
            counts.append(int(board.people[blind & here].sum()))
        assert row.people in counts
    assert any(row.lacks == "sensor" for row in bare.register)


def test_the_unit_named_closes_the_share_it_is_said_to(
    dam: Scenario, dam_coverage: Coverage, bare: Assessment
) -> None:
    posts = tuple(post for post in dam.laydown.posts if post.unit in ("camera-yard", "net-launcher"))
    board = board_of(dam, dam_coverage, Laydown(posts=posts))
    weight = np.concatenate([board.people, [asset.cvrt_score for asset in dam.assets]])
    region = np.array([noun.region for noun in board.nouns])
    tried = 0
    for row in bare.register:
        if not row.unit_type or row.lacks not in ("sensor", "effector"):
            continue
        tried += 1
        unit = next(one for one in dam.units if row.unit_type in (one.sensor, one.effector))
        placed_at = [Post(unit=unit.id, site=row.site, bearing_deg=float(b)) for b in BEARINGS_DEG]
        best = 0.0
        for height in row.heights_agl_m:
            before = board.picture(height)
            sensors, effectors = before.sensor_layers, before.effector_layers
            gap = {"sensor": sensors == 0, "effector": (sensors > 0) & (effectors == 0)}[row.lacks]
            gap = gap & (region == row.region)
            for post in placed_at:
                kept = tuple(one for one in posts if one.unit != unit.id)
                after = picture(
                    dam, dam_coverage, Laydown(posts=(*posts, post) if kept == posts else (*kept, post)),
                    board.threat, board.points(height),
                )  # fmt: skip
                layers = after.sensor_layers if row.lacks == "sensor" else after.effector_layers
                if weight[gap].sum() > 0:
                    best = max(best, float(weight[gap & (layers > 0)].sum() / weight[gap].sum()))
        assert best >= row.closes_fraction - 1e-9
        assert row.closes_fraction > 0.0
    assert tried > 0


def test_a_row_names_heights_axes_and_what_would_close_it(dam: Scenario, bare: Assessment) -> None:
    axes = {area.id for area in dam.launch_areas}
    free = {site.id for site in dam.sites}
    for row in bare.register:
        assert row.heights_agl_m
        assert set(row.axes) <= axes
        assert row.axes
        assert row.closes
        assert row.site in free or row.site == ""
        assert 0.0 <= row.closes_fraction <= 1.0
    people = [row.people for row in bare.register]
    assert people == sorted(people, reverse=True)


def test_a_region_under_two_layers_everywhere_has_no_gap(tiny: Scenario, tiny_coverage: Coverage) -> None:
    calm = tiny.model_copy(
        update={
            "places": (),
            "assets": tuple(asset.model_copy(update={"required_layers": 0}) for asset in tiny.assets),
        }
    )
    found = assess(calm, tiny_coverage)
    covered = [row for row in found.assets if all(count >= 1 for count in row.effector_layers)]
    open_ = {
        asset
        for row in found.register
        if row.lacks in ("sensor", "effector", "layers")
        for asset in row.assets
    }
    assert not open_ & {row.id for row in covered}


def test_gaps_by_region_count_what_the_heights_leave(tiny_assessment: Assessment) -> None:
    for height in tiny_assessment.heights:
        rows = [gap for gap in tiny_assessment.gaps if gap.height_agl_m == height.height_agl_m]
        assert (
            sum(row.people_without_sensor for row in rows)
            == tiny_assessment.people_total - height.people_sensor
        )
        without = tiny_assessment.people_total - height.people_effector
        assert sum(row.people_without_effector for row in rows) == without


@pytest.mark.parametrize("integration", ["theatre", "own"])
def test_nothing_closes_a_gap_that_it_leaves_open(
    dam: Scenario, dam_coverage: Coverage, integration: str
) -> None:
    """One unit does not close a lack of two layers, and a network that shares nothing cues nobody."""
    assets = tuple(
        asset.model_copy(update={"required_layers": 2 + number % 2})
        for number, asset in enumerate(dam.assets)
    )
    command = dam.command.model_copy(update={"integration": integration})
    asking = dam.model_copy(update={"assets": assets, "command": command})
    posts = tuple(post for post in dam.laydown.posts if post.unit != "camera-camp")
    found = assess(asking, dam_coverage, Laydown(posts=posts))
    board = board_of(asking, dam_coverage, Laydown(posts=posts))
    weight = np.concatenate([board.people, [asset.cvrt_score for asset in assets]])
    required = np.concatenate([np.zeros(board.people.size, dtype=int), board.required])
    region = np.array([noun.region for noun in board.nouns])
    seen = set()
    for row in found.register:
        if row.lacks not in ("effector", "layers"):
            continue
        shares = [0.0]
        seen.add(row.lacks)
        for unit in (one for one in dam.units if one.effector == row.unit_type):
            kept = tuple(one for one in posts if one.unit != unit.id)
            for height, bearing in itertools.product(row.heights_agl_m, BEARINGS_DEG):
                before = board.picture(height).effector_layers
                sensed = board.picture(height).sensor_layers > 0
                gap = (
                    sensed & (before == 0) if row.lacks == "effector" else (before > 0) & (before < required)
                )
                gap &= region == row.region
                post = Post(unit=unit.id, site=row.site, bearing_deg=float(bearing))
                points = board.points(height)
                alone = picture(
                    asking, dam_coverage, Laydown(posts=(*kept, post)), board.threat, points
                ).shoots[-1]
                closed = gap & alone & (before + 1 >= (1 if row.lacks == "effector" else required))
                if weight[gap].sum() > 0:
                    shares.append(float(weight[closed].sum() / weight[gap].sum()))
        assert row.closes_fraction <= max(shares) + 1e-9, row.closes
    assert "effector" in seen
