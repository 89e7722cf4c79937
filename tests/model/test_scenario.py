"""Scenarios hash, look up and check what they claim; schemas migrate one step at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from egide.errors import InputError
from egide.io.scenario_files import read_scenario
from egide.model.checks import problems_in
from egide.model.migrations import migrate
from egide.model.noun import LARGEST_COUNT, Noun, problems_of
from egide.model.partner import Lot, Pledge, Stock
from egide.model.place import SitingWishes, TerrainReference
from egide.model.raid import Raid, RaidGroup, Tempo
from egide.model.scenario import SCHEMA_VERSION, Scenario
from egide.model.unit import Laydown, Post


def changed(scenario: Scenario, table: str, number: int, **values: object) -> Scenario:
    """The scenario with one line of one table changed, unchecked."""
    lines = list(getattr(scenario, table))
    lines[number] = lines[number].model_copy(update=values)
    return scenario.model_copy(update={table: tuple(lines)})


def test_the_fingerprint_moves_with_every_part_and_not_without_cause(tiny: Scenario) -> None:
    assert tiny.fingerprint() == read_scenario("tiny").fingerprint()
    assert changed(tiny, "places", 0, population=1).fingerprint() != tiny.fingerprint()
    moved = changed(tiny, "places", 0, population=1)
    assert moved.fingerprint("places") == tiny.fingerprint("places")
    assert tiny.with_laydown(Laydown()).fingerprint("laydown") == tiny.fingerprint("laydown")


def test_the_fingerprint_does_not_know_where_the_folder_lies(tiny: Scenario) -> None:
    """A folder handed on to another machine is the same scenario; another model in it is not."""

    def at(path: str) -> str:
        terrain = tiny.terrain.model_copy(update={"path": path})
        return tiny.model_copy(update={"terrain": terrain}).fingerprint()

    assert at("/home/one/tiny/terrain.asc") == at("/srv/two/terrain.asc")
    assert at("/home/one/tiny/terrain.asc") != at("/home/one/tiny/other.asc")
    assert at("packaged:a/terrain.asc") != at("packaged:b/terrain.asc")


def test_lookups_name_what_there_is(tiny: Scenario) -> None:
    assert tiny.site("hill").id == "hill"
    assert tiny.raid().id == "dawn"
    with pytest.raises(InputError, match="hill"):
        tiny.site("hull")
    with pytest.raises(InputError, match="none"):
        tiny.model_copy(update={"raids": ()}).raid()


@pytest.mark.parametrize(
    ("table", "number", "values", "said"),
    [
        ("units", 0, {"sensor": "no-radar"}, "units.csv: radar.sensor"),
        ("units", 0, {"sensor": None}, "neither sensor nor effector"),
        ("units", 1, {"effector": "no-gun"}, "units.csv: guns.effector"),
        ("units", 1, {"partner": "nobody"}, "units.csv: guns.partner"),
        ("raid_groups", 0, {"threat": "no-threat"}, "raid_groups.csv: drones.threat"),
        ("raid_groups", 0, {"target": "nowhere"}, "raid_groups.csv: drones.target"),
        ("raid_groups", 0, {"launch_area": "nowhere"}, "raid_groups.csv: drones.launch_area"),
        ("raid_groups", 0, {"route": "no-route"}, "raid_groups.csv: drones.route"),
        ("raid_groups", 0, {"waves": 99}, "exceeds the count"),
        ("raids", 0, {"id": "dusk"}, "has no group"),
        ("lots", 0, {"item": "no-round"}, "lots.csv: lot-1.item"),
        ("lots", 0, {"pledge": "no-pledge"}, "lots.csv: lot-1.pledge"),
        ("pledges", 0, {"item": "no-item"}, "pledges.csv: p1.item"),
        ("stocks", 0, {"item": "no-round"}, "stocks.csv"),
        ("requirements", 0, {"asset": "nothing"}, "requirements.csv: r1.asset"),
        ("actions", 0, {"owner": "nobody"}, "actions.csv: a1.owner"),
        ("actions", 0, {"with_partners": ("nobody",)}, "actions.csv: a1.with_partners"),
        ("requirements", 1, {"asset_kind": "castle"}, "requirements.csv: r2.asset_kind"),
        ("sites", 0, {"lon_deg": 3.0}, "lies outside the area"),
        ("sites", 0, {"suits": ("no-radar",)}, "sites.csv: hill.suits"),
        ("units", 0, {"releasable_to": ("aly",)}, "did you mean 'ally'"),
    ],
)
def test_each_broken_reference_is_named_with_its_file_and_field(
    tiny: Scenario, table: str, number: int, values: dict[str, object], said: str
) -> None:
    assert problems_in(tiny) == []
    found = [str(problem) for problem in problems_in(changed(tiny, table, number, **values))]
    assert any(said in text for text in found), found


def test_a_site_that_must_stay_empty_exists(tiny: Scenario) -> None:
    wishes = tiny.siting.model_copy(update={"exclusion": ("hull",)})
    (found,) = problems_in(tiny.model_copy(update={"siting": wishes}))
    assert str(found).startswith("scenario.toml: siting.exclusion = 'hull': is no site")
    assert "did you mean 'hill'" in found.remedy


@pytest.mark.parametrize(
    ("noun", "field", "value"),
    [
        (TerrainReference, "cell_m", True),
        (Lot, "due", 20250721),
        (Lot, "due", "20250721"),
        (Raid, "start", "1751598000"),
        (Raid, "start", 1751598000.0),
        (RaidGroup, "count", 10**6),
        (Stock, "quantity", 2**31),
        (Stock, "quantity", "99999999999999999999"),
        (Lot, "cost_eur", -1e300),
        (Tempo, "raids_per_week", 1e9),
    ],
)
def test_what_would_be_read_as_something_else_or_means_nothing_is_refused_at_its_field(
    noun: type[Noun], field: str, value: object
) -> None:
    """True is not 1, digits are not seconds since 1970, and no count overflows 32 bits."""
    with pytest.raises(ValidationError) as caught:
        noun.model_validate({field: value})
    (found,) = [problem for problem in problems_of(caught.value, "f") if problem.field == field]
    assert found.remedy != "is missing; add it"


@given(value=st.integers(0, LARGEST_COUNT), rate=st.floats(0.0, 1e15))
def test_every_number_a_plan_can_mean_is_read_whether_typed_or_as_text(value: int, rate: float) -> None:
    for stock in (
        Stock.model_validate({"item": "a", "quantity": value, "production_per_week": rate}),
        Stock.model_validate({"item": "a", "quantity": str(value), "production_per_week": repr(rate)}),
    ):
        assert (stock.quantity, stock.production_per_week) == (value, rate)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("cell_km", "cell_m"),
        ("Cell_m", "cell_m"),
        ("cel_m", "cell_m"),
        ("serface", "surface"),
        ("colour", None),
    ],
)
def test_a_misnamed_field_is_told_once_with_its_right_name(name: str, right: str | None) -> None:
    content = {"path": "x", "cell_m": 1.0, name: 2.0}
    if right == "cell_m":
        del content["cell_m"]
    with pytest.raises(ValidationError) as caught:
        TerrainReference.model_validate(content)
    (found,) = problems_of(caught.value, "f", known=TerrainReference.model_fields)
    assert found.field == name
    assert right is None or right in found.remedy


def test_a_fixed_unit_needs_a_post(tiny: Scenario) -> None:
    loose = changed(tiny, "units", 0, fixed=True).with_laydown(Laydown())
    assert any("no post" in str(problem) for problem in problems_in(loose))


def test_a_unit_or_a_site_has_one_post() -> None:
    with pytest.raises(ValidationError, match="two posts"):
        Laydown(posts=(Post(unit="a", site="x"), Post(unit="a", site="y")))
    with pytest.raises(ValidationError, match="two posts"):
        Laydown(posts=(Post(unit="a", site="x"), Post(unit="b", site="x")))


@pytest.mark.parametrize("bearing", [-1.0, 360.0, float("nan")])
def test_a_bearing_lies_between_zero_and_below_360(bearing: float) -> None:
    with pytest.raises(ValidationError):
        Post(unit="a", site="x", bearing_deg=bearing)


def test_pledges_and_lots_refuse_what_contradicts_itself() -> None:
    pledge = {
        "id": "p",
        "partner": "a",
        "item": "i",
        "quantity": 5,
        "stage": "funded",
        "promised_on": "2025-01-01",
    }
    for wrong in ({"allocated": 6}, {"delivered": 6}, {"due": "2024-12-31"}):
        with pytest.raises(ValidationError):
            Pledge.model_validate({**pledge, **wrong})
    with pytest.raises(ValidationError, match="p90"):
        Lot.model_validate({"id": "l", "item": "i", "quantity": 1, "due": "2025-01-01", "slip_p90_days": 1})
    with pytest.raises(ValidationError, match="exceed 1"):
        SitingWishes(people_share=0.8, raid_share=0.3)


def test_problems_of_pydantic_name_the_right_unit() -> None:
    with pytest.raises(ValidationError) as caught:
        Post.model_validate({"unit": "a", "site": "x", "bearing_rad": 1.0})
    (problem,) = problems_of(caught.value, "laydown.csv", "line 2")
    assert problem.field == "line 2.bearing_rad"
    assert "bearing_deg" in problem.remedy


def test_migration_raises_old_files_step_by_step_and_refuses_new_ones() -> None:
    steps = {
        number: lambda content: {**content, "seen": content.get("seen", 0) + 1} for number in range(1, 3)
    }
    assert migrate({"egide_schema": SCHEMA_VERSION, "a": 1}, "f", steps)["a"] == 1
    for wrong in (None, "1", True, 0, SCHEMA_VERSION + 1):
        with pytest.raises(InputError, match="egide_schema"):
            migrate({"egide_schema": wrong}, "f")
