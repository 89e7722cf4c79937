"""A scenario's raid becomes tables and results that keep the engine's promises."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.model.weather import Weather
from egide.raids.circumstances import Circumstances
from egide.raids.geometry import geometry_of
from egide.raids.looks import looks_of
from egide.raids.plans import compare_plans
from egide.raids.simulate import replay_trial, simulate


def test_every_threat_has_one_outcome_and_counts_add_up(tiny: Scenario, tiny_coverage: Coverage) -> None:
    result = simulate(tiny, tiny_coverage, seed=7, trials=300)
    assert result.stage_mean.sum(axis=1) == pytest.approx(result.launched)
    got_through = result.stage_mean[:, result.stages.index("not seen") :].sum(axis=1)
    assert result.through_by_type.mean(axis=0) == pytest.approx(got_through)
    harmful = ~np.array(result.decoy)
    assert np.array_equal(result.leakers, result.through_by_type[:, harmful].sum(axis=1))


def test_trial_k_is_the_same_in_few_or_many_trials_and_on_any_number_of_threads(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    few = simulate(tiny, tiny_coverage, seed=7, trials=50, threads=1)
    many = simulate(tiny, tiny_coverage, seed=7, trials=200, threads=3)
    assert np.array_equal(few.through_by_type, many.through_by_type[:50])
    assert np.array_equal(few.rounds_by_item, many.rounds_by_item[:50])


def test_without_a_defence_all_get_through_but_those_that_fail_on_their_own(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    result = simulate(tiny, tiny_coverage, Laydown(), seed=7, trials=200)
    lost = result.stage_mean[:, result.stages.index("lost")]
    assert result.through_by_type.mean(axis=0) + lost == pytest.approx(result.launched)
    assert result.rounds_by_item.size == 0
    assert result.cost_eur.sum() == 0.0


def test_a_replay_tells_the_trial_that_was_counted(tiny: Scenario, tiny_coverage: Coverage) -> None:
    result = simulate(tiny, tiny_coverage, seed=7, trials=20)
    for trial in (0, 7, 19):
        replay = result.replay(trial)
        arrived = [event for event in replay.event if event == "arrival"]
        assert len(arrived) == result.through[trial]
        assert np.all(np.diff(replay.t_s) >= 0.0)


def test_a_raid_that_is_not_there_is_said(tiny: Scenario, tiny_coverage: Coverage) -> None:
    with pytest.raises(InputError, match="dawn"):
        simulate(tiny, tiny_coverage, seed=7, raid="dusk")
    with pytest.raises(InputError, match="group"):
        simulate(tiny.model_copy(update={"raid_groups": ()}), tiny_coverage, seed=7)


def test_the_summary_keeps_predictive_spread_apart_from_monte_carlo_error(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    row = simulate(tiny, tiny_coverage, seed=7, trials=2000).summary()[0]
    assert row["q10"] <= row["q50"] <= row["q90"]
    assert row["monte_carlo_error"] < (row["q90"] - row["q10"]) / 10


def test_a_flight_starts_at_its_launch_area_and_ends_at_its_target_when_it_arrives(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    replay = simulate(tiny, tiny_coverage, seed=7, trials=5).replay(4)
    areas = {area.id: area for area in tiny.launch_areas}
    groups = {group.id: group for group in tiny.raid_groups}
    arrived = 0
    for threat, outcome in enumerate(replay.outcome):
        times, lon, lat = replay.path(threat)
        start = areas[groups[replay.flown.group[threat]].launch_area]
        assert (lon[0], lat[0]) == pytest.approx((start.lon_deg, start.lat_deg), abs=2e-5)
        assert times[0] == replay.launch_s[threat]
        assert times[-1] == replay.end_s[threat]
        assert np.all(np.diff(times) > 0.0)
        if outcome not in ("hard kill", "soft kill", "lost"):
            target = tiny.asset(replay.flown.target[threat])
            assert (lon[-1], lat[-1]) == pytest.approx((target.lon_deg, target.lat_deg), abs=2e-5)
            arrived += 1
        middle = 0.5 * (times[0] + times[-1])
        assert np.isfinite(replay.position(threat, middle)).all()
        assert np.isnan(replay.position(threat, times[-1] + 1.0)).all()
    assert arrived > 0
    with pytest.raises(InputError, match="threat"):
        replay.position(99, 0.0)


def test_a_replayed_trial_is_the_one_counted_whether_or_not_the_others_are_run(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    result = simulate(tiny, tiny_coverage, seed=7, trials=30)
    alone = replay_trial(tiny, tiny_coverage, seed=7, trial=29)
    assert np.array_equal(alone.code, result.replay(29).code)
    assert alone.to_json() == result.replay(29).to_json()
    harmful = [not dict(zip(result.types, result.decoy, strict=True))[t] for t in alone.flown.threat_type]
    stopped = {"hard kill", "soft kill", "lost"}
    assert result.leakers[29] == sum(
        h and o not in stopped for h, o in zip(harmful, alone.outcome, strict=True)
    )


def test_a_unit_that_is_lost_is_as_one_that_was_never_posted(tiny: Scenario, tiny_coverage: Coverage) -> None:
    lost = simulate(tiny, tiny_coverage, seed=7, trials=200, given=Circumstances(lost=("missiles",)))
    posts = tuple(post for post in tiny.laydown.posts if post.unit != "missiles")
    without = simulate(tiny, tiny_coverage, Laydown(posts=posts), seed=7, trials=200)
    assert np.array_equal(lost.through_by_type, without.through_by_type)
    assert "missiles" not in lost.units


def test_without_readiness_nothing_is_fired_and_with_all_of_it_the_stated_share_counts(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    none = simulate(tiny, tiny_coverage, seed=7, trials=100, given=Circumstances(readiness_fraction=0.0))
    assert none.rounds_by_item.sum() == 0
    assert none.stage_mean[:, none.stages.index("not seen")].sum() > 0
    full = simulate(tiny, tiny_coverage, seed=7, trials=100, given=Circumstances(readiness_fraction=1.0))
    assert np.array_equal(
        full.through_by_type, simulate(tiny, tiny_coverage, seed=7, trials=100).through_by_type
    )


def test_a_cut_link_on_every_night_is_a_unit_that_shares_with_nobody(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    every = tuple(unit.id for unit in tiny.units)
    cut = simulate(tiny, tiny_coverage, seed=7, trials=200, given=Circumstances(unlinked=every))
    own = simulate(tiny, tiny_coverage, seed=7, trials=200, integration="own")
    assert np.array_equal(cut.through_by_type, own.through_by_type)
    broken = simulate(tiny, tiny_coverage, seed=7, trials=200, given=Circumstances(link_fraction=0.0))
    assert np.array_equal(broken.through_by_type, own.through_by_type)


def test_rounds_kept_back_from_drones_are_never_fired_at_them(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    kept = dict.fromkeys(("one_way_drone", "decoy_drone"), 10000)
    result = simulate(tiny, tiny_coverage, seed=7, trials=200, given=Circumstances(reserve_rounds=kept))
    kills = result.stage_mean[:, result.stages.index("hard kill")]
    drones = [result.types.index(name) for name in ("shahed-136", "gerbera")]
    assert kills[drones].sum() == 0.0
    assert kills[result.types.index("kh-59")] > 0.0


def test_every_unknown_circumstance_is_reported_at_once(tiny: Scenario, tiny_coverage: Coverage) -> None:
    given = Circumstances(
        integration="galactic", doctrine="L-S", assignment="luck", lost=("nobody",), unlinked=("none",),
        link_fraction=1.5, readiness_fraction=-0.1, reserve_rounds={"kite": 3, "cruise_missile": -1},
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        simulate(tiny, tiny_coverage, seed=7, given=given)
    assert len(caught.value.problems) == 9


def test_a_doctrine_that_asks_for_rounds_that_do_not_exist_is_refused(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    salvo = "-".join("S" * 500)
    with pytest.raises(InputError, match="ready rounds"):
        simulate(tiny, tiny_coverage, seed=7, given=Circumstances(doctrine=salvo))


def test_a_stated_precision_is_reached_or_the_limit_is(tiny: Scenario, tiny_coverage: Coverage) -> None:
    fine = simulate(tiny, tiny_coverage, seed=7, trials=20_000, precision=0.1)
    assert fine.half_width <= 0.1
    assert fine.trials < 20_000
    stopped = simulate(tiny, tiny_coverage, seed=7, trials=300, precision=0.001)
    assert stopped.trials == 300
    assert stopped.half_width > 0.001
    assert np.array_equal(fine.leakers[:300], stopped.leakers)


def test_the_cost_exchange_ratio_is_rounds_over_threats_stopped_at_the_catalogues_prices(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """Stated prices stand before the catalogue's; without a price for everything there is no ratio."""
    result = simulate(tiny, tiny_coverage, seed=7, trials=100)
    types = [tiny.catalogue.threat(name) for name in result.types]
    prices = np.array([threat.price_eur.value for threat in types if threat.price_eur is not None])
    assert result.threat_price_eur.tolist() == prices.tolist()
    assert not result.unpriced
    stopped = np.array(result.launched) - result.through_by_type
    some = stopped.sum(axis=1) > 0
    for stated, at in (({}, prices), (dict.fromkeys(result.types, 5e4), np.full(len(types), 5e4))):
        ratio = result.cost_exchange(stated)
        assert ratio is not None
        assert ratio[some] == pytest.approx(result.cost_eur[some] / (stopped @ at)[some])
        assert np.all(np.isinf(ratio[~some]))
    unknown = dataclasses.replace(result, threat_price_eur=np.full(len(types), np.nan))
    assert unknown.cost_exchange() is None
    assert unknown.cost_exchange({result.types[0]: 1e6}) is None
    assert unknown.to_json()["cost_exchange"] == "not stated"
    with pytest.raises(InputError, match="not launched"):
        result.cost_exchange({"kalibr": 1e6})
    assert result.value_protected_eur is None


def test_quantiles_by_target_are_those_of_the_trials(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """All targets together are all leakers; one alone its own column; one not flown to is refused."""
    result = simulate(tiny, tiny_coverage, seed=7, trials=100)
    together, one = result.through_quantiles(result.targets), result.through_quantiles(result.targets[:1])
    assert together["q50"] == np.quantile(result.leakers, 0.5, method="inverted_cdf")
    assert one["q90"] == np.quantile(result.through_by_target[:, 0], 0.9, method="inverted_cdf")
    with pytest.raises(InputError, match="not flown to"):
        result.through_quantiles(["moon"])


def test_rounds_by_unit_and_type_add_up_to_those_of_units_and_items(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """Mean rounds of each unit at each type: their sums are the unit's rounds, and those of its item."""
    result = simulate(tiny, tiny_coverage, seed=7, trials=200)
    assert result.outcome is not None
    assert result.rounds_by_unit.shape == (len(result.units), len(result.types))
    assert result.rounds_by_unit.sum(axis=1) == pytest.approx(result.outcome.shots.mean(axis=0))
    assert result.rounds_by_unit.sum() == pytest.approx(result.rounds_by_item.sum(axis=1).mean())
    assert (result.rounds_by_unit > 0.0).any()


def test_saturation_names_the_stretches_of_time_in_which_channels_were_full(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    result = simulate(tiny, tiny_coverage, seed=7, trials=100)
    least = float(result.busy_fraction.max()) / 2.0
    found = result.saturation(least)
    assert found
    for stretch in found:
        row = result.units.index(stretch.unit)
        first, last = round(stretch.from_s / result.bin_s), round(stretch.to_s / result.bin_s)
        assert np.all(result.busy_fraction[row, first:last] >= least)
        assert stretch.full_fraction == result.busy_fraction[row, first:last].max()
    assert np.all(result.busy_mean <= np.array(result.channels)[:, None] + 1e-9)


def test_a_threat_taken_for_harmless_is_counted_as_such(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """All are mistaken: whoever was tracked got through for its identity, and no shot was fired."""
    command = tiny.command.model_copy(
        update={"threat_mistaken_fraction": 1.0, "decoy_recognised_fraction": 1.0}
    )
    result = simulate(tiny.model_copy(update={"command": command}), tiny_coverage, seed=7, trials=50)
    late = [
        result.stages.index(name) for name in ("out of reach", "too late", "no channel", "no round", "missed")
    ]
    assert result.stage_mean[:, late].sum() == 0.0
    assert result.stage_mean[:, result.stages.index("wrong identity")].sum() > 5.0
    assert result.rounds_by_item.sum() == 0


def test_stated_rain_and_fog_reach_every_look_of_a_raid(tiny: Scenario, tiny_coverage: Coverage) -> None:
    weather = Weather(visibility_m=300.0, rain_rate_mm_per_h=100.0, wind_speed_mps=15.0)
    seen = []
    for scenario in (tiny, tiny.model_copy(update={"weather": weather})):
        geometry = geometry_of(scenario, tiny_coverage, scenario.laydown, scenario.raid(), 7)
        looks = looks_of(scenario, geometry)
        seen.append(float(((looks.exit_s - looks.entry_s) * looks.pd_fraction).sum()))
    assert 0.0 < seen[1] < seen[0]


@pytest.mark.parametrize("seed", [-1, 1.5, "7", None, True, 2**64])
def test_what_is_no_seed_is_refused(seed: object, tiny: Scenario, tiny_coverage: Coverage) -> None:
    """A seed is a whole number that draws can start from; a share of one is never cut off in silence."""
    with pytest.raises(InputError, match="seed"):
        simulate(tiny, tiny_coverage, seed=seed, trials=2)  # type: ignore[arg-type]


@pytest.mark.parametrize("trials", [0, 2.5])
def test_what_is_no_number_of_trials_is_refused(
    trials: float, tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """Trials are counted, with and without a precision."""
    with pytest.raises(InputError, match="trials"):
        simulate(tiny, tiny_coverage, seed=7, trials=trials)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="trials"):
        simulate(tiny, tiny_coverage, seed=7, trials=trials, precision=0.5)  # type: ignore[arg-type]


def test_one_trial_is_json_without_an_error_it_cannot_have(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """A single night has no Monte-Carlo error: null, which any reader of JSON takes, and never NaN."""
    content = simulate(tiny, tiny_coverage, seed=7, trials=1).to_json()
    assert "NaN" not in json.dumps(content, allow_nan=False)
    assert content["through"][0]["monte_carlo_error"] is None


def test_a_group_too_large_for_its_draws_is_said_in_the_scenarios_words(
    tiny: Scenario, tiny_coverage: Coverage
) -> None:
    """Every threat of a group has an address of its own; more than there are is an error that names the group."""
    groups = tuple(group.model_copy(update={"count": 10_001}) for group in tiny.raid_groups)
    with pytest.raises(InputError, match="split the group") as caught:
        simulate(tiny.model_copy(update={"raid_groups": groups}), tiny_coverage, seed=7, trials=1)
    assert len(caught.value.problems) == len(groups)


def test_what_lacks_a_price_is_named_where_it_counts_as_free(tiny: Scenario, tiny_coverage: Coverage) -> None:
    """A round or a threat type without a price: no ratio, and a comparison of costs says whose are missing."""
    catalogue = tiny.catalogue
    bare = tiny.model_copy(
        update={
            "catalogue": catalogue.model_copy(
                update={
                    name: tuple(
                        item.model_copy(update={"price_eur": None}) for item in getattr(catalogue, name)
                    )
                    for name in ("interceptors", "threats")
                }
            )
        }
    )
    found = simulate(bare, tiny_coverage, seed=7, trials=5)
    assert found.unpriced == found.items
    assert found.unpriced_threats() == found.types
    assert found.unpriced_threats(dict.fromkeys(found.types, 1.0)) == ()
    assert found.cost_exchange(dict.fromkeys(found.types, 1.0)) is None
    compared = compare_plans(bare, tiny_coverage, {"a": bare.laydown, "b": bare.laydown}, seed=7, trials=5)
    assert compared.to_json()["unpriced"] == list(found.items)
