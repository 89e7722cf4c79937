"""From the critical to the defended asset list."""

from datetime import timedelta

import numpy as np
import pytest

from egide.assessment.assess import assess
from egide.assessment.board import board_of
from egide.assessment.result import Assessment
from egide.assessment.worksheet import FIRST_PHASE, required_layers, required_warning_s
from egide.coverage.result import Coverage
from egide.model.checks import problems_in
from egide.model.place import Phase, PhaseScore
from egide.model.scenario import Scenario
from egide.model.unit import Laydown


def test_there_is_a_line_for_each_asset_in_the_order_of_ranks(
    tiny: Scenario, tiny_assessment: Assessment
) -> None:
    rows = tiny_assessment.worksheet
    assert {row.id for row in rows} == {asset.id for asset in tiny.assets}
    assert [row.rank for row in rows] == sorted(row.rank for row in rows)
    assert {row.phase for row in rows} == {FIRST_PHASE}


def test_an_asset_is_defended_exactly_when_no_assessed_class_is_short(dam_assessment: Assessment) -> None:
    for row in dam_assessment.worksheet:
        short = [
            name for name, count in row.layers.items() if count is not None and count < row.required_layers
        ]
        assert row.is_defended == (not short) == (row.undefended == "")
        if not row.is_defended:
            assert row.residual_risk
        assert row.accepting_authority == "", "a line for a person to fill in"


def test_a_loss_never_adds_a_layer_and_the_worst_one_is_named(
    dam: Scenario, dam_coverage: Coverage, dam_assessment: Assessment
) -> None:
    for row in dam_assessment.worksheet:
        for name, count in row.layers.items():
            assert row.layers_after_loss[name] <= count
        if not row.worst_loss:
            continue
        left = Laydown(posts=tuple(post for post in dam.laydown.posts if post.unit != row.worst_loss))
        after = assess(dam, dam_coverage, left)
        same = next(one for one in after.worksheet if one.id == row.id)
        assert len(same.defenders) < len(row.defenders)


def test_layers_by_class_are_those_over_the_asset_at_the_height_it_flies(
    tiny: Scenario, tiny_coverage: Coverage, tiny_assessment: Assessment
) -> None:
    board = board_of(tiny, tiny_coverage, tiny.laydown)
    for one in board.classes:
        layers = board.picture(one.height_agl_m, one.threat).effector_layers[board.assets]
        by_id = {asset.id: int(count) for asset, count in zip(tiny.assets, layers, strict=True)}
        assert by_id == {row.id: row.layers[one.label] for row in tiny_assessment.worksheet}


def test_units_that_come_later_begin_phases_of_their_own(tiny: Scenario, tiny_coverage: Coverage) -> None:
    later = tiny.day + timedelta(days=30)
    units = tuple(
        unit.model_copy(update={"available_from": later}) if unit.id != "jammer" else unit
        for unit in tiny.units
    )
    rows = assess(tiny.model_copy(update={"units": units}), tiny_coverage).worksheet
    phases = list(dict.fromkeys(row.phase for row in rows))
    assert phases == [FIRST_PHASE, f"from {later.isoformat()}"]
    first, second = ([row for row in rows if row.phase == phase] for phase in phases)
    assert not any("guns" in row.defenders for row in first)
    assert any("guns" in row.defenders for row in second)
    assert [row.rank for row in first] == [row.rank for row in second]
    with_all = assess(tiny, tiny_coverage).worksheet
    assert [row.warning_s for row in second] == [row.warning_s for row in with_all]
    assert [row.warning_s for row in first] != [row.warning_s for row in second]


def test_ballistic_missiles_are_not_assessed_without_an_entered_footprint(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    group = tiny.raid_groups[0].model_copy(update={"id": "b", "threat": "iskander-m"})
    found = assess(tiny.model_copy(update={"raid_groups": (*tiny.raid_groups, group)}), tiny_coverage)
    for row in found.worksheet:
        assert row.layers["ballistic_missile"] is None
        assert "ballistic missiles not assessed" in row.residual_risk
    assert (found.worksheet_frame()["layers_ballistic_missile"] == "not assessed").all()


def test_requirements_raise_what_is_asked_for_and_never_lower_it(tiny: Scenario) -> None:
    westport, power = tiny.asset("westport"), tiny.asset("power")
    wanted = tiny.requirements
    assert required_layers(wanted, westport, "one_way_drone") == 2
    assert required_layers((), power, "one_way_drone") == power.required_layers
    more = wanted[0].model_copy(update={"asset": None, "asset_kind": "power", "layers": 4})
    assert required_layers((*wanted, more), power, "one_way_drone") == 4
    assert required_layers((*wanted, more), westport, "one_way_drone") == 2
    assert required_layers(wanted, power, "ballistic_missile") == 0, "only a requirement asks for that"
    assert required_layers(wanted, westport, "decoy_drone") == 0, "decoys do no harm"
    late = more.model_copy(update={"warning_s": 900.0})
    assert required_warning_s((), westport, "one_way_drone") == 0.0
    assert required_warning_s((*wanted, late), power, "one_way_drone") == 900.0
    assert required_warning_s((*wanted, late), power, "cruise_missile") == 20.0


def test_warning_asked_for_against_a_class_is_held_against_the_warning_of_that_class(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """Drones are slow: what they leave says nothing about the warning of a cruise missile."""
    whose = tiny.requirements[1]
    assert whose.threat_class == "cruise_missile"

    def risks(asked_s: float, days: int = 0) -> dict[str, str]:
        wanted = (whose.model_copy(update={"warning_s": asked_s}),)
        units = tuple(
            unit.model_copy(update={"available_from": tiny.day + timedelta(days=days)})
            if unit.id == "jammer" and days
            else unit
            for unit in tiny.units
        )
        changed = tiny.model_copy(update={"requirements": wanted, "units": units})
        rows = assess(changed, tiny_coverage).worksheet
        return {row.id: row.residual_risk for row in rows if row.phase == FIRST_PHASE}

    atlas = assess(tiny, tiny_coverage).atlas
    missiles = atlas.classes.index("cruise_missile")
    asset = tiny.asset(whose.asset)
    seconds = float(atlas.shortest_s[atlas.targets.index(asset.id, atlas.places), missiles])
    drones = float(atlas.shortest_s[atlas.targets.index(asset.id, atlas.places), 0])
    assert np.isfinite(seconds)
    assert seconds < drones
    between = (seconds + drones) / 2.0
    for days in (0, 30):
        assert f"s of warning of cruise missiles where {between:.0f} s" in risks(between, days)[asset.id]
        assert "of cruise missiles" not in risks(0.9 * seconds, days)[asset.id]


def test_sectors_are_those_of_the_defenders_posts(tiny: Scenario, tiny_assessment: Assessment) -> None:
    for row in tiny_assessment.worksheet:
        assert len(row.defenders) == len(row.sector_bearing_deg) == len(row.sector_width_deg)
        for unit, bearing in zip(row.defenders, row.sector_bearing_deg, strict=True):
            assert tiny.laydown.post_of(unit).bearing_deg == bearing


def test_warning_of_the_worksheet_is_that_of_the_atlas(dam_assessment: Assessment) -> None:
    atlas = dam_assessment.atlas
    for row in dam_assessment.worksheet:
        seconds = atlas.shortest_s[
            atlas.targets.index(row.id, atlas.places), atlas.class_of(dam_assessment.reference_threat)
        ]
        assert (row.warning_s is None) == bool(np.isnan(seconds))
        if row.warning_s is not None:
            assert row.warning_s == pytest.approx(float(seconds))


def test_a_stated_phase_has_its_own_scores_ranks_and_layers(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """Scores that a phase does not state stay; units that come later fall into the phase of their day."""
    day, first = tiny.day, tiny.assets[0]
    raised = PhaseScore(asset=tiny.assets[-1].id, criticality=5, threat=5, tier=1, required_layers=3)
    phase = Phase(name="harvest", start=day + timedelta(days=20), scores=(raised,))
    units = tuple(
        unit.model_copy(update={"available_from": day + timedelta(days=30)}) if unit.id == "jammer" else unit
        for unit in tiny.units
    )
    rows = assess(tiny.model_copy(update={"phases": (phase,), "units": units}), tiny_coverage).worksheet
    names = list(dict.fromkeys(row.phase for row in rows))
    later = (day + timedelta(days=30)).isoformat()
    assert names == [FIRST_PHASE, "harvest", f"harvest, from {later}"]
    before, during, after = ({row.id: row for row in rows if row.phase == name} for name in names)
    last = tiny.assets[-1]
    assert (before[last.id].criticality, during[last.id].criticality) == (last.criticality, 5)
    assert during[last.id].vulnerability == last.vulnerability
    assert during[last.id].required_layers == after[last.id].required_layers == 3
    assert during[last.id].rank < before[last.id].rank
    assert during[first.id].score == before[first.id].score
    assert [row.rank for row in rows if row.phase == "harvest"] == sorted(row.rank for row in during.values())


def test_a_phase_from_d_day_on_names_it(tiny: Scenario, tiny_coverage: Coverage) -> None:
    phase = Phase(name="preparation", start=tiny.day - timedelta(days=3))
    rows = assess(tiny.model_copy(update={"phases": (phase,)}), tiny_coverage).worksheet
    assert {row.phase for row in rows} == {"preparation"}


def test_phases_that_do_not_rise_or_name_no_asset_are_refused(tiny: Scenario) -> None:
    phases = (
        Phase(name="one", start=tiny.day, scores=(PhaseScore(asset="nowhere", tier=1),)),
        Phase(name="two", start=tiny.day),
    )
    said = "\n".join(str(problem) for problem in problems_in(tiny.model_copy(update={"phases": phases})))
    assert "phases[one]" in said
    assert "nowhere" in said
    assert "must rise from phase to phase" in said
