"""Options are checked as the other tables are, and measures stand for the layers that leave as much harm."""

from __future__ import annotations

import math
import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from egide.errors import InputError
from egide.io.packaged import example_folder, example_names
from egide.io.scenario_files import read_scenario, write_scenario
from egide.model.checks import problems_in
from egide.model.need import NeedOption
from egide.model.scenario import Scenario
from egide.siting.options import leak_fraction, offers, with_options


def passive(**known: object) -> NeedOption:
    return NeedOption.model_validate(
        {"id": "p", "kind": "passive", "item": "gabion-wall", "cost_eur": 1.0, **known}
    )


@pytest.mark.parametrize("name", example_names())
def test_every_packaged_scenario_offers_units_and_measures_with_their_operators(name: str) -> None:
    scenario = read_scenario(name)
    assert {option.kind for option in scenario.options} == {"sensor", "effector", "passive"}
    for one in offers(scenario):
        low, middle, high = one.cost_eur
        assert 0.0 < low <= middle <= high
        assert one.lawful_operator
        assert one.ready >= scenario.day


def test_options_go_to_files_and_back(tmp_path: Path) -> None:
    scenario = read_scenario("tiny")
    write_scenario(scenario, tmp_path / "mine")
    assert read_scenario(tmp_path / "mine").options == scenario.options


def test_a_folder_without_options_reads_as_before(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(example_folder("tiny"), tmp_path / "mine"))
    (folder / "options.csv").unlink()
    assert read_scenario(folder).options == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"item": "nothing"}, "p.item"),
        ({"partner": "nobody"}, "p.partner"),
        ({"asset_kinds": ("moon",)}, "p.asset_kinds"),
        ({"kind": "sensor", "item": "gm200"}, "p.lawful_operator"),
    ],
)
def test_what_an_option_names_must_exist(tiny: Scenario, change: dict[str, object], field: str) -> None:
    broken = tiny.model_copy(update={"options": (passive(**change),)})
    assert [(p.file, p.field) for p in problems_in(broken)] == [("options.csv", field)]


@pytest.mark.parametrize(
    "change",
    [
        {"cost_eur": -1.0}, {"cost_low_eur": 2.0}, {"cost_high_eur": 0.5}, {"count": 0},
        {"damage_low_fraction": 0.9, "damage_high_fraction": 0.1}, {"damage_low_fraction": 1.2},
        {"kind": "sensor", "damage_low_fraction": 0.5}, {"kind": "effector", "asset_kinds": ("power",)},
    ],
)  # fmt: skip
def test_an_option_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        passive(**change)


@given(
    damage=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)).map(sorted),
    restoration=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)).map(sorted),
    leak=st.floats(0.05, 0.95),
)
def test_a_measure_stands_for_as_many_layers_as_leave_the_same_harm(
    damage: list[float], restoration: list[float], leak: float
) -> None:
    scenario = read_scenario_once()
    one = passive(
        damage_low_fraction=damage[0], damage_high_fraction=damage[1], restoration_low_fraction=restoration[0],
        restoration_high_fraction=restoration[1],
    )  # fmt: skip
    made = offers(scenario.model_copy(update={"options": (one,)}))[0]
    best, worst = made.harm_fraction
    assert best == damage[0] * restoration[0]
    assert worst == damage[1] * restoration[1]
    cautious, hopeful = made.layers("one_way_drone", leak)
    assert 0.0 <= cautious <= hopeful
    if worst > leak**10:
        assert math.isclose(leak**cautious, worst, rel_tol=1e-9)
    assert made.layers("ballistic_missile", leak) == (0.0, 0.0)


_HELD: list[Scenario] = []


def read_scenario_once() -> Scenario:
    if not _HELD:
        _HELD.append(read_scenario("tiny"))
    return _HELD[0]


def test_building_takes_its_time_and_what_is_late_is_left_out(tiny: Scenario) -> None:
    one = passive(available="2025-08-01", build_days=10.5)
    scenario = tiny.model_copy(update={"options": (one,)})
    assert offers(scenario)[0].ready == date(2025, 8, 12)
    assert offers(scenario, date(2025, 8, 11)) == ()
    assert len(offers(scenario, date(2025, 8, 12))) == 1


def test_a_layer_leaks_what_the_middle_class_of_effectors_lets_through(tiny: Scenario) -> None:
    known = sorted(
        one.pk_fraction.value
        for one in tiny.catalogue.kill_probabilities
        if one.threat_class == "one_way_drone"
    )
    middle = (known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2
    assert leak_fraction(tiny, "one_way_drone") == pytest.approx(1.0 - middle)
    assert leak_fraction(tiny, "balloon") == 0.5


def test_with_options_adds_one_unit_of_each_and_none_twice(tiny: Scenario) -> None:
    more = with_options(tiny)
    assert len(more.units) == len(tiny.units) + sum(o.kind != "passive" for o in tiny.options)
    assert with_options(more) == more


def test_an_unknown_type_is_refused_with_the_closest_ones(tiny: Scenario) -> None:
    for kind in ("sensor", "effector", "passive"):
        one = NeedOption(id="x", kind=kind, item="gabion-wal", cost_eur=1.0)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="catalogue"):
            offers(tiny.model_copy(update={"options": (one,)}))
