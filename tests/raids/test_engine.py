"""Laws of the raid engine: determinism, common random numbers, limits, closed forms of single stages."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from tests.raids.cases import plain_raid, random_raid

from egide.raids.engine import run_raid
from egide.raids.outcome import OUTCOMES, RaidOutcome
from egide.raids.tables import (
    Classes,
    FireUnits,
    FireWindows,
    Jammers,
    NightEffect,
    Pictures,
    RaidTables,
    Rules,
    Sensors,
    SensorWindows,
    SoftWindows,
    Threats,
)

ARRAYS = ("code", "warning_s", "shots", "shots_by_class", "kills", "busy_mean", "busy_max", "full_fraction")


def share(outcome: RaidOutcome, name: str) -> float:
    """Share of all threats of all trials with this outcome."""
    return float((outcome.code == OUTCOMES.index(name)).mean())


def assert_within(value: float, expected: float, error: float, sigmas: float = 3.0) -> None:
    assert abs(value - expected) <= sigmas * error + 1e-12, (value, expected, error)


# --- determinism ----------------------------------------------------------------------------------------


def test_trials_do_not_depend_on_threads() -> None:
    """One thread and three give the same arrays, bit for bit, sums over trials included."""
    tables = random_raid(1)
    one, three = (run_raid(tables, trials=150, seed=3, threads=k) for k in (1, 3))
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(three, name))


def test_trial_k_does_not_depend_on_how_many_there_are() -> None:
    """The first trials of many are the trials of few, and a later start continues them."""
    tables = random_raid(2)
    many = run_raid(tables, trials=60, seed=3)
    few = run_raid(tables, trials=20, seed=3)
    late = run_raid(tables, trials=40, seed=3, first_trial=20)
    np.testing.assert_array_equal(many.code[:20], few.code)
    np.testing.assert_array_equal(many.code[20:], late.code)
    joined = few.joined(late)
    np.testing.assert_array_equal(joined.shots, many.shots)
    np.testing.assert_allclose(joined.busy_mean, many.busy_mean, atol=1e-12)
    np.testing.assert_array_equal(joined.busy_max, many.busy_max)


def test_another_seed_gives_other_trials() -> None:
    """The seed matters."""
    tables = random_raid(2)
    assert np.any(run_raid(tables, trials=20, seed=3).code != run_raid(tables, trials=20, seed=4).code)


def test_order_of_windows_and_memberships_does_not_matter() -> None:
    """Shuffled rows of the three window tables give the same trials."""
    tables = random_raid(4)
    rng = np.random.default_rng(0)

    def shuffled(windows: Any) -> Any:
        order = rng.permutation(windows.threat.size)
        names = [column.name for column in dataclasses.fields(windows)]
        return type(windows)(**{name: getattr(windows, name)[order] for name in names})

    other = dataclasses.replace(
        tables,
        fire_windows=shuffled(tables.fire_windows),
        sensor_windows=shuffled(tables.sensor_windows),
        soft_windows=shuffled(tables.soft_windows),
    )
    first, second = (run_raid(one, trials=40, seed=3) for one in (tables, other))
    np.testing.assert_array_equal(first.code, second.code)
    np.testing.assert_array_equal(first.shots, second.shots)


def test_adding_a_threat_at_the_end_leaves_the_others_draws_alone() -> None:
    """Detection of the old threats is the same with a new one: draws go by key, not by order of use."""
    tables = random_raid(6)
    threats = tables.threats
    longer = Threats(
        **{
            column.name: np.append(
                getattr(threats, column.name), getattr(threats, column.name)[-1] + (column.name == "key")
            )
            for column in dataclasses.fields(threats)
        }
    )
    more = run_raid(dataclasses.replace(tables, threats=longer), trials=30, seed=1)
    np.testing.assert_array_equal(more.warning_s[:, :-1], run_raid(tables, trials=30, seed=1).warning_s)


def test_a_replay_is_the_trial_it_names() -> None:
    """Outcomes and rounds of the log are those that the simulation counted, in order of time."""
    tables = random_raid(3, threats=60)
    outcome = run_raid(tables, trials=25, seed=9)
    for trial in (0, 7, 24):
        replay = outcome.replay(trial)
        np.testing.assert_array_equal(replay.code, outcome.code[trial])
        assert np.all(np.diff(replay.t_s) >= 0.0)
        fired = sum(v for name, v in zip(replay.event, replay.value, strict=True) if name == "shot")
        assert fired == outcome.shots[trial].sum()
        frame = replay.to_frame()
        assert (frame["event"] == "launch").sum() == len(tables.threats)
        arrived = set(frame.loc[frame["event"] == "arrival", "threat"])
        assert arrived == set(np.flatnonzero(outcome.leaked()[trial]))


# --- limits ---------------------------------------------------------------------------------------------


def test_no_threats_is_a_quiet_night() -> None:
    """A raid of nothing is simulated and everything is zero."""
    outcome = run_raid(plain_raid(np.zeros(0), np.zeros(0)), trials=5, seed=1)
    assert outcome.code.shape == (5, 0)
    assert outcome.leakers().tolist() == [0] * 5
    assert outcome.shots.sum() == 0


def test_without_units_everything_gets_through() -> None:
    """No unit, no shot: all leak, out of reach."""
    units = FireUnits(kind_index=[])
    tables = plain_raid(np.zeros(3), 10.0, units=units)
    tables = dataclasses.replace(tables, fire_windows=FireWindows(threat=[], unit=[], entry_s=[], exit_s=[]))
    assert share(run_raid(tables, trials=5, seed=1), "out of reach") == 1.0


def test_perfect_kill_probability_and_free_channels_let_nothing_through() -> None:
    """Pk of one, one channel each and rounds enough: no leaker, one round a threat."""
    units = FireUnits(kind_index=[0], channels=50)
    outcome = run_raid(plain_raid(np.arange(50.0), 100.0, kill=1.0, units=units), trials=20, seed=1)
    assert outcome.leakers().sum() == 0
    assert np.all(outcome.shots == 50)


def test_zero_kill_probability_kills_nothing() -> None:
    """Pk of nought: every threat is shot at as often as the doctrine says and gets through."""
    units = FireUnits(kind_index=[0], channels=50)
    tables = plain_raid(np.arange(50.0), 100.0, kill=0.0, units=units, doctrine="S-S-L-S")
    outcome = run_raid(tables, trials=20, seed=1)
    assert share(outcome, "missed") == 1.0
    assert np.all(outcome.shots == 150)


@pytest.mark.parametrize(("pd", "stage"), [(0.0, "not seen"), (1.0, "hard kill")])
def test_detection_probability_of_nought_and_one(pd: float, stage: str) -> None:
    """Never seen at nought; always tracked and, with Pk 1, always killed at one."""
    tables = one_sensor(pd_fraction=pd, scans=5, m=3, n=5)
    assert share(run_raid(tables, trials=50, seed=2), stage) == 1.0


def test_every_threat_has_one_outcome() -> None:
    """The stages of the chain add up to the threats, and kills by unit to hard kills."""
    outcome = run_raid(random_raid(8), trials=50, seed=2)
    assert np.all(outcome.outcomes().sum(axis=1) == 30)
    assert np.all(outcome.kills.sum(axis=1) == outcome.outcomes()[:, 0])
    np.testing.assert_allclose(outcome.outcomes_by_class().sum(axis=0), outcome.outcomes().mean(axis=0))


def test_rounds_fired_never_exceed_rounds_held() -> None:
    """Magazine and store bound the shots of every unit in every trial."""
    tables = random_raid(9, threats=150)
    outcome = run_raid(tables, trials=50, seed=2)
    assert np.all(outcome.shots <= tables.units.ready_rounds + tables.units.store_rounds)
    assert np.any(outcome.shots == tables.units.ready_rounds + tables.units.store_rounds)


def test_busy_channels_never_exceed_channels() -> None:
    """Mean and largest occupancy stay within the channels of each unit, the saturated share within one."""
    tables = random_raid(9, threats=150)
    outcome = run_raid(tables, trials=50, seed=2)
    channels = tables.units.channels[:, np.newaxis]
    assert np.all(outcome.busy_mean <= outcome.busy_max + 1e-9)
    assert np.all(outcome.busy_max <= channels + 1e-9)
    assert np.all(outcome.full_fraction <= outcome.busy_mean / channels + 1e-6)
    assert outcome.full_fraction.max() > 0.05


# --- single stages --------------------------------------------------------------------------------------


def one_sensor(
    *, pd_fraction: float, scans: int, m: int, n: int, count: int = 40, kill: float = 1.0, **night: Any
) -> RaidTables:
    """Threats that one sensor looks at so many times, and a unit that can serve all of them."""
    rows = np.arange(count)
    return RaidTables(
        threats=Threats(class_index=np.zeros(count), flight_s=1000.0),
        classes=Classes(labels=["drone"]),
        sensors=Sensors(scan_period_s=[10.0], confirm_m=m, confirm_n=n, bad_night_pd_fraction=0.2),
        sensor_windows=SensorWindows(
            threat=rows, sensor=0, entry_s=100.0, exit_s=100.0 + 10.0 * scans, pd_fraction=pd_fraction
        ),
        pictures=Pictures(identify_s=[5.0], member_picture=[0], member_sensor=[0]),
        units=FireUnits(kind_index=[0], channels=count),
        fire_windows=FireWindows(threat=rows, unit=0, entry_s=0.0, exit_s=900.0),
        kill_probability=[[kill]],
        night=NightEffect(**night),
        rules=Rules(doctrines=("S",)),
    )


def test_network_plots_confirm_what_single_sensors_cannot() -> None:
    """Two sensors with one look each make a track of two plots together and none apart."""
    tables = one_sensor(pd_fraction=1.0, scans=1, m=2, n=3)
    rows = np.arange(40)
    both = dataclasses.replace(
        tables,
        sensors=Sensors(scan_period_s=[10.0, 10.0], confirm_m=2, confirm_n=3),
        sensor_windows=SensorWindows(
            threat=np.concatenate([rows, rows]),
            sensor=np.repeat([0, 1], 40),
            entry_s=100.0,
            exit_s=110.0,
            pd_fraction=1.0,
        ),
    )
    members = {"member_picture": [0, 0], "member_sensor": [0, 1]}
    tracks = dataclasses.replace(both, pictures=Pictures(identify_s=[5.0], **members))
    plots = dataclasses.replace(
        both, pictures=Pictures(identify_s=[5.0], fusion="plots", plot_m=2, plot_window_s=30.0, **members)
    )
    assert share(run_raid(tracks, trials=20, seed=1), "no track") == 1.0
    assert share(run_raid(plots, trials=20, seed=1), "hard kill") == 1.0


def test_scans_on_both_sides_of_a_gap_do_not_make_one_track() -> None:
    """M of N counts consecutive scans: missed scans in a gap between two windows count as misses."""
    tables = one_sensor(pd_fraction=1.0, scans=1, m=2, n=3)
    rows = np.arange(40)

    def with_second_window_after(gap_s: float) -> RaidTables:
        return dataclasses.replace(
            tables,
            sensor_windows=SensorWindows(
                threat=np.concatenate([rows, rows]),
                sensor=0,
                entry_s=np.repeat([100.0, 110.0 + gap_s], 40),
                exit_s=np.repeat([110.0, 120.0 + gap_s], 40),
                pd_fraction=1.0,
            ),
        )

    assert share(run_raid(with_second_window_after(0.0), trials=5, seed=1), "hard kill") == 1.0
    assert share(run_raid(with_second_window_after(10.0), trials=5, seed=1), "hard kill") == 1.0
    assert share(run_raid(with_second_window_after(30.0), trials=5, seed=1), "no track") == 1.0


def test_a_common_cause_takes_sensors_down_together() -> None:
    """On a bad night three sensors of Pd 0.7 see 1 - (1 - 0.14)^3; within three standard errors of nights."""
    rows = np.arange(200)
    tables = dataclasses.replace(
        one_sensor(pd_fraction=0.7, scans=1, m=1, n=1, count=200, bad_night_fraction=0.3),
        sensors=Sensors(scan_period_s=[10.0] * 3, confirm_m=1, confirm_n=1, bad_night_pd_fraction=0.2),
        sensor_windows=SensorWindows(
            threat=np.tile(rows, 3),
            sensor=np.repeat([0, 1, 2], 200),
            entry_s=100.0,
            exit_s=110.0,
            pd_fraction=0.7,
        ),
        pictures=Pictures(identify_s=[5.0], member_picture=[0, 0, 0], member_sensor=[0, 1, 2]),
    )
    seen = np.isfinite(run_raid(tables, trials=400, seed=5).warning_s).mean(axis=1)
    bad = seen < 0.7
    assert_within(float(bad.mean()), 0.3, np.sqrt(0.3 * 0.7 / 400))
    assert_within(float(seen[bad].mean()), 1 - 0.86**3, np.sqrt(0.25 / (200 * bad.sum())))
    assert_within(float(seen[~bad].mean()), 1 - 0.3**3, np.sqrt(0.25 / (200 * (~bad).sum())))


def test_wrong_identity_leaves_its_share_alone() -> None:
    """The chance of being taken for harmless is the share let through for it, within three standard
    errors."""
    tables = dataclasses.replace(
        one_sensor(pd_fraction=1.0, scans=5, m=2, n=3),
        classes=Classes(labels=["drone"], ignored_fraction=0.15),
    )
    outcome = run_raid(tables, trials=500, seed=1)
    assert_within(share(outcome, "wrong identity"), 0.15, np.sqrt(0.15 * 0.85 / 20_000))


def test_an_order_that_comes_too_late_is_told_apart() -> None:
    """A track whose order cannot meet the threat in its window is too late, not a lack of channels."""
    tables = dataclasses.replace(
        one_sensor(pd_fraction=1.0, scans=5, m=2, n=3),
        pictures=Pictures(identify_s=[2000.0], member_picture=[0], member_sensor=[0]),
    )
    assert share(run_raid(tables, trials=5, seed=1), "too late") == 1.0


def test_soft_kill_is_an_exponential_hazard_in_its_window() -> None:
    """Share suppressed in a window of T seconds is 1 - exp(-h T), within three standard errors."""
    tables = plain_raid(np.zeros(50), 0.0, kill=0.0)
    tables = dataclasses.replace(
        tables,
        threats=Threats(class_index=np.zeros(50), flight_s=1000.0),
        jammers=Jammers(availability_fraction=[1.0]),
        soft_windows=SoftWindows(
            threat=np.arange(50), jammer=0, entry_s=100.0, exit_s=400.0, hazard_per_s=0.004
        ),
    )
    p = 1.0 - np.exp(-1.2)
    assert_within(share(run_raid(tables, trials=400, seed=1), "soft kill"), p, np.sqrt(p * (1 - p) / 20_000))


def test_hard_kill_soft_kill_and_loss_compete() -> None:
    """A threat has one end: the earliest. Early suppression leaves less to the guns, loss likewise."""
    base = plain_raid(np.full(50, 500.0), 501.0, kill=1.0, units=FireUnits(kind_index=[0], channels=50))
    lost = dataclasses.replace(base, classes=Classes(labels=["drone"], lost_fraction=0.5))
    outcome = run_raid(lost, trials=200, seed=1)
    # Lost evenly over a flight of 502 s, so nearly all of the half is lost before the guns at 500 s.
    assert_within(share(outcome, "lost"), 0.5 * 500 / 502, np.sqrt(0.25 / 10_000))
    assert share(outcome, "lost") + share(outcome, "hard kill") == 1.0


def test_units_are_down_as_often_as_their_readiness_says() -> None:
    """A lone unit at 0.8 readiness lets everything through on a fifth of the nights."""
    units = FireUnits(kind_index=[0], channels=5, availability_fraction=0.8)
    outcome = run_raid(plain_raid(np.zeros(5), 10.0, kill=1.0, units=units), trials=2000, seed=1)
    assert set(outcome.leakers().tolist()) == {0, 5}
    assert_within(float((outcome.leakers() == 5).mean()), 0.2, np.sqrt(0.16 / 2000))


def test_a_unit_without_its_link_fights_from_its_own_picture() -> None:
    """With the net down, a unit with its own track still engages; one without does not."""
    tables = one_sensor(pd_fraction=1.0, scans=5, m=2, n=3)
    pictures = Pictures(
        identify_s=[0.0, 0.0], shared=[1, 0], member_picture=[0, 1], member_sensor=[0, 0]
    )  # fmt: skip
    for fallback, expected in ((1, "hard kill"), (-1, "out of reach")):
        units = FireUnits(kind_index=[0], channels=40, link_fraction=0.0, fallback_picture=fallback)
        outcome = run_raid(dataclasses.replace(tables, pictures=pictures, units=units), trials=5, seed=1)
        assert share(outcome, expected) == 1.0


def test_units_that_do_not_coordinate_shoot_at_the_same_threat() -> None:
    """Two units of one group spend one round on a threat, of two groups two: the worth of a net in rounds."""
    spent = []
    for group in ([0, 0], [0, 1]):
        units = FireUnits(kind_index=[0, 0], channels=20, assess_s=30.0, reaction_s=5.0, group=group)
        tables = plain_raid(
            np.zeros(40),
            20.0,
            kill=1.0,
            units=units,
            unit=np.tile([0, 1], 20),
            threat=np.repeat(np.arange(20), 2),
        )
        spent.append(run_raid(tables, trials=3, seed=1).shots.sum() / 3)
    assert spent == [20, 40]


def test_reserved_rounds_are_not_fired_at_the_class() -> None:
    """Rounds kept back from drones are there for the missile that comes last."""
    for reserve, missile in ((0, "no round"), (1, "hard kill")):
        units = FireUnits(kind_index=[0], ready_rounds=2, reserve_rounds=[[reserve, 0]])
        tables = plain_raid(
            [0.0, 10.0, 20.0], [5.0, 15.0, 25.0], kill=[[1.0, 1.0]], classes=[0, 0, 1], units=units
        )
        outcome = run_raid(tables, trials=1, seed=1)
        assert OUTCOMES[outcome.code[0, 2]] == missile
        assert outcome.shots.sum() == 2


def test_a_reload_brings_the_store_into_play_after_its_time() -> None:
    """Of threats every 10 s, one round ready and one in store with a 25 s reload serve the first and
    fourth."""
    units = FireUnits(kind_index=[0], ready_rounds=1, store_rounds=1, reload_s=25.0)
    entry = 10.0 * np.arange(5)
    outcome = run_raid(plain_raid(entry, entry + 1.0, kill=1.0, units=units), trials=1, seed=1)
    assert [OUTCOMES[k] for k in outcome.code[0]] == [
        "hard kill", "no round", "no round", "hard kill", "no round",
    ]  # fmt: skip


def test_a_channel_is_away_until_it_is_back_home() -> None:
    """A fighter with a turnaround of 30 s takes every fourth of threats that come every 10 s."""
    units = FireUnits(kind_index=[0], turnaround_s=35.0)
    entry = 10.0 * np.arange(8)
    outcome = run_raid(plain_raid(entry, entry + 1.0, kill=1.0, units=units), trials=1, seed=1)
    assert np.flatnonzero(outcome.code[0] == 0).tolist() == [0, 4]
    assert share(outcome, "no channel") == 0.75


def test_who_waits_is_served_by_urgency_or_in_turn() -> None:
    """A channel that comes free takes the most valuable that waits, or the first come."""
    units = FireUnits(kind_index=[0], assess_s=50.0)
    for queue, served in (("fifo", 1), ("urgent", 2)):
        tables = plain_raid(
            [0.0, 10.0, 20.0], [5.0, 60.0, 60.0], kill=1.0, units=units, value=[1.0, 1.0, 9.0], queue=queue
        )
        assert np.flatnonzero(run_raid(tables, trials=1, seed=1).code[0] == 0).tolist() == [0, served]


def test_the_rolling_horizon_gives_the_channel_to_the_larger_return() -> None:
    """At a decision the channel goes to value times kill probability, not to who came first."""
    tables = plain_raid(
        [1.0, 2.0], 30.0, kill=[[0.5, 1.0]], classes=[0, 1], assignment="horizon", horizon_s=5.0,
        units=FireUnits(kind_index=[0], assess_s=100.0),
    )  # fmt: skip
    outcome = run_raid(tables, trials=1, seed=1)
    assert outcome.code[0].tolist() == [OUTCOMES.index("no channel"), 0]


def test_the_best_and_quickest_unit_are_chosen() -> None:
    """`best` takes the kill probability, `quickest` the time to meet, of two units in reach."""
    units = FireUnits(kind_index=[0, 1], reaction_s=[1.0, 9.0])
    for rule, unit in (("quickest", 0), ("best", 1)):
        tables = plain_raid(
            [0.0, 0.0], 20.0, kill=[[0.3], [0.9]], units=units, unit=[0, 1], threat=[0, 0], assignment=rule
        )
        assert run_raid(tables, trials=1, seed=1).shots[0].tolist() == [int(unit == 0), int(unit == 1)]


def test_a_night_effect_spreads_nights_and_keeps_the_mean() -> None:
    """Beta kill chance: mean leak 1 - p within three standard errors, variance that of the beta-binomial."""
    count, p, c, trials = 60, 0.7, 10.0, 4000
    units = FireUnits(kind_index=[0], channels=count)
    tables = plain_raid(np.zeros(count), 10.0, kill=p, units=units)
    tables = dataclasses.replace(tables, night=NightEffect(kill_concentration=c))
    leak = run_raid(tables, trials=trials, seed=3).leakers()
    variance = count * p * (1 - p) * (count + c) / (1 + c)
    assert_within(float(leak.mean()), count * (1 - p), np.sqrt(variance / trials))
    # The standard error of a variance of light-tailed counts is near variance times sqrt(2 / trials).
    assert_within(float(leak.var()), variance, 1.2 * variance * np.sqrt(2 / trials))


def test_a_night_is_shared_by_all_effectors_against_a_class() -> None:
    """One draw for each class and night: leakers past two kinds of unit go up and down together."""
    units = FireUnits(kind_index=[0, 1], channels=100)
    tables = plain_raid(
        np.zeros(200), 10.0, kill=[[0.5], [0.8]], units=units, unit=np.repeat([0, 1], 100), classes=0
    )
    tables = dataclasses.replace(tables, night=NightEffect(kill_concentration=5.0))
    leaked = run_raid(tables, trials=200, seed=3).leaked()
    assert np.corrcoef(leaked[:, :100].sum(axis=1), leaked[:, 100:].sum(axis=1))[0, 1] > 0.9


def test_another_laydown_meets_the_same_raid() -> None:
    """Launches, first detections and losses are shared by two laydowns, so their outcomes are correlated."""
    tables = random_raid(12, threats=80)
    fewer = dataclasses.replace(
        tables, units=dataclasses.replace(tables.units, channels=np.ones(8), ready_rounds=np.full(8, 2))
    )
    first, second = (run_raid(one, trials=300, seed=1) for one in (tables, fewer))
    np.testing.assert_array_equal(first.warning_s, second.warning_s)
    assert np.corrcoef(first.leakers(), second.leakers())[0, 1] > 0.5


# --- monotony, and where it fails ------------------------------------------------------------------------


def test_more_rounds_never_help_the_raid_when_channels_are_unlimited() -> None:
    """With a channel for everybody and common draws, more rounds never let more through, trial by trial."""
    entry = np.sort(np.random.default_rng(0).uniform(0.0, 100.0, 40))
    leakers = []
    for rounds in (5, 10, 20, 80):
        units = FireUnits(kind_index=[0], channels=100, ready_rounds=rounds)
        tables = plain_raid(entry, entry + 200.0, kill=0.6, units=units, doctrine="S-L-S", queue="fifo")
        leakers.append(run_raid(tables, trials=200, seed=1).leakers())
    assert np.all(np.diff(leakers, axis=0) <= 0)
    assert np.any(np.diff(leakers, axis=0) < 0)


def test_an_early_second_channel_can_let_more_through() -> None:
    """The counter-example: two rounds; one channel leaks 0.7 + 1 + 0.1, two channels 0.7 + 0.7 + 1."""
    means = []
    for channels in (1, 2):
        units = FireUnits(kind_index=[0], channels=channels, ready_rounds=2, assess_s=60.0)
        tables = plain_raid(
            [0.0, 10.0, 100.0], [5.0, 15.0, 105.0], kill=[[0.3, 0.9]], classes=[0, 0, 1], units=units
        )
        outcome = run_raid(tables, trials=20_000, seed=1)
        means.append(outcome.means()[0])
        expected = (1.8, 2.4)[channels - 1]
        assert_within(means[-1], expected, outcome.monte_carlo_error()[0])
    assert means[1] > means[0]
