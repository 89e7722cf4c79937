"""The hindcast looks only back, counts every night once, and never fits across a break in reporting."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egide.errors import InputError
from egide.raids import scoring
from egide.raids.baselines import BASELINES, fit_binomial
from egide.raids.bulletins import REQUIRED_COLUMNS, Bulletins, bulletins_from_table
from egide.raids.hindcast import hindcast, one_night
from egide.raids.hindcast_nights import SHAHED, shahed_nights


def made(
    first: date, size: int, seed: int = 0, changed: dict[int, int] | None = None, level: float = -1.5
) -> Bulletins:
    """Nights in a row; `changed` replaces the leakers of some nights."""
    rng = np.random.default_rng(seed)
    launched = rng.integers(40, 200, size)
    share = 1 / (1 + np.exp(-level - rng.normal(0, 0.4, size)))
    through = rng.binomial(launched, share)
    for place, value in (changed or {}).items():
        through[place] = value
    days = [first + timedelta(days=i) for i in range(size)]
    cells = {
        "time_start": [f"{d - timedelta(days=1)} 20:00" for d in days],
        "time_end": [f"{d} 08:00" for d in days],
        "model": [SHAHED] * size,
        "launched": [str(n) for n in launched],
        "destroyed": [str(n - k) for n, k in zip(launched, through, strict=True)],
        "not_reach_goal": [""] * size,
    }
    assert set(cells) == set(REQUIRED_COLUMNS)
    return bulletins_from_table(cells, "made.csv")


def cells_of(table: Bulletins) -> dict[str, list[str]]:
    """The table as the cells of a file."""
    return {
        "time_start": [str(t).replace("T", " ") for t in table.time_start],
        "time_end": [str(t).replace("T", " ") for t in table.time_end],
        "model": list(table.model),
        "launched": [str(n) for n in table.launched],
        "destroyed": [str(n) for n in table.destroyed],
        "not_reach_goal": [""] * len(table),
    }


FIRST = date(2025, 8, 1)
SPLIT = date(2025, 9, 29)


def test_a_prediction_uses_only_nights_before_it() -> None:
    """Changing outcomes from one night on leaves every earlier score, and that night's quantiles, alone."""
    plain = hindcast(made(FIRST, 90), SPLIT)
    changed = hindcast(made(FIRST, 90, changed=dict.fromkeys(range(75, 90), 1)), SPLIT)
    at = 75 - 60
    for mine, other in [
        (plain.scores, changed.scores),
        *((plain.baselines[name], changed.baselines[name]) for name in BASELINES),
    ]:
        assert np.array_equal(mine.log_score[:at], other.log_score[:at])
        assert np.array_equal(mine.crps[:at], other.crps[:at])
        assert np.array_equal(mine.quantiles[: at + 1], other.quantiles[: at + 1])
    assert not np.array_equal(plain.scores.quantiles[at + 1 :], changed.scores.quantiles[at + 1 :])


@settings(max_examples=8, deadline=None)
@given(at=st.integers(3, 19), seed=st.integers(0, 999), size=st.integers(0, 12))
def test_whatever_comes_later_leaves_earlier_scores_alone(at: int, seed: int, size: int) -> None:
    """Other launches, other outcomes, more nights or none after a night: scores to that night stay bit for bit,
    of the model and of every baseline."""
    rows = cells_of(made(FIRST, 40))
    other = cells_of(made(FIRST, 40, seed=seed + 1))
    keep, more = 20 + at, 20 + at + size
    until = FIRST + timedelta(days=19)
    plain = hindcast(bulletins_from_table(rows), until)
    changed = hindcast(
        bulletins_from_table({name: rows[name][:keep] + other[name][keep:more] for name in rows}), until
    )
    for mine, its in (
        (plain.scores, changed.scores),
        *zip(plain.baselines.values(), changed.baselines.values(), strict=True),
    ):
        for name in ("log_score", "crps", "covered_80", "covered_90", "pit", "quantiles"):
            assert np.array_equal(getattr(mine, name)[:at], getattr(its, name)[:at])


def test_the_json_has_exactly_the_published_keys() -> None:
    """Five scores, the four baselines with the same five, all plain JSON numbers."""
    found = json.loads(json.dumps(hindcast(made(FIRST, 90), SPLIT).to_json()))
    keys = {"nights", "log_score", "crps", "cover_80", "cover_90"}
    assert set(found) == keys | {"baselines"}
    assert set(found["baselines"]) == set(BASELINES)
    assert all(set(entry) == keys for entry in found["baselines"].values())
    assert found["nights"] == 30


def test_scores_are_those_of_the_written_predictions() -> None:
    """The pooled binomial's scores are recomputed by hand from training nights alone."""
    table = made(FIRST, 80)
    found = hindcast(table, SPLIT)
    nights = shahed_nights(table)
    share = fit_binomial(nights.take(np.arange(80) < 60))
    pooled = found.baselines["pooled_binomial"]
    for i in range(20):
        pmf = share.pmf(int(nights.launched[60 + i]))
        assert pooled.log_score[i] == scoring.log_score(pmf, int(nights.through[60 + i]))
        assert pooled.crps[i] == scoring.crps_counts(pmf, int(nights.through[60 + i]))
        low, high = scoring.central_interval(pmf, 0.9)
        assert pooled.covered_90[i] == (low <= nights.through[60 + i] <= high)


def test_splitting_a_file_in_two_changes_nothing() -> None:
    """One file, or two that overlap: the same nights, each once, and the same scores."""
    whole = made(FIRST, 90)
    cells = cells_of(whole)
    early = bulletins_from_table({k: v[:70] for k, v in cells.items()}, "early.csv")
    late = bulletins_from_table({k: v[55:][::-1] for k, v in cells.items()}, "late.csv")
    one, two = hindcast(whole, SPLIT), hindcast(early, SPLIT, late)
    assert one.to_json() == two.to_json()
    assert two.nights.date.astype(str)[0] == "2025-09-30"


def test_nothing_is_learnt_across_a_break_in_reporting() -> None:
    """Nights before 24 July 2025 leave every prediction after it unchanged."""
    cells: dict[str, list[str]] = {}
    for level in (-3.0, 0.5):
        before = made(date(2025, 6, 1), 53, seed=4, level=level)
        found = hindcast(before, date(2025, 7, 23), made(date(2025, 7, 24), 20, seed=5))
        cells[str(level)] = [str(found.to_json()), str(found.nights.date[0])]
    assert cells["-3.0"] == cells["0.5"]
    assert cells["0.5"][1] == "2025-07-24"


def test_seed_moves_only_pit_and_bootstrap() -> None:
    """Scores are free of chance; PIT and intervals repeat for a seed."""
    table = made(FIRST, 80)
    one, again, other = (hindcast(table, SPLIT, seed=s) for s in (1, 1, 2))
    assert one.to_json() == again.to_json() == other.to_json()
    assert np.array_equal(one.scores.pit, again.scores.pit)
    assert not np.array_equal(one.scores.pit, other.scores.pit)
    assert one.crps_difference == again.crps_difference
    assert one.pit_histogram().sum() == 20


def test_without_a_date_the_first_half_of_the_latest_regime_trains() -> None:
    """Ninety nights of one regime: forty-five train, forty-five are scored."""
    found = hindcast(made(FIRST, 90))
    assert (found.training_nights, len(found.nights)) == (45, 45)
    assert found.train_until == FIRST + timedelta(days=44)


def test_it_beats_static_baselines_on_drifting_nights() -> None:
    """When the level falls by 2 logits in 60 nights the model's CRPS is below every static baseline's."""
    rng = np.random.default_rng(8)
    through = {60 + i: int(rng.binomial(60, 1 / (1 + np.exp(1.5 + 2 * i / 60)))) for i in range(60)}
    found = hindcast(made(FIRST, 120, changed={k: min(v, 40) for k, v in through.items()}), SPLIT)
    for name in ("pooled_binomial", "static_beta_binomial", "static_beta_binomial_log_launched"):
        assert found.crps_difference[name].high < 0.0


@pytest.mark.parametrize(
    ("until", "message"),
    [(date(2030, 1, 1), "nothing to test"), (date(2020, 1, 1), "nothing to train on")],
)
def test_a_split_with_an_empty_side_is_refused(until: date, message: str) -> None:
    """The error names the date and what is missing."""
    with pytest.raises(InputError, match=message):
        hindcast(made(FIRST, 10), until)


def test_other_unusable_requests_are_refused() -> None:
    """No drones at all, too few nights to split, no seed, no date, a night the file lacks."""
    cells = {name: ["2025-09-01"] for name in REQUIRED_COLUMNS}
    missiles = bulletins_from_table(
        {**cells, "model": ["Kalibr"], "launched": ["3"], "destroyed": ["2"], "not_reach_goal": [""]}
    )
    with pytest.raises(InputError, match="no usable night"):
        hindcast(missiles, SPLIT)
    with pytest.raises(InputError, match="too few nights"):
        hindcast(made(FIRST, 1))
    for seed in (-1, 1.5, "7"):
        with pytest.raises(InputError, match="seed"):
            hindcast(made(FIRST, 10), date(2025, 8, 5), seed=seed)  # type: ignore[arg-type]
    for until in ("2025-08-05", datetime(2025, 8, 5, 12)):
        with pytest.raises(InputError, match="train_until"):
            hindcast(made(FIRST, 10), until)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not in the bulletins"):
        one_night(made(FIRST, 10), date(2025, 9, 1))


def test_one_night_is_predicted_from_nights_before_it() -> None:
    """Its own outcome and later ones do not move its interval; the frame lists every night tested."""
    night = FIRST + timedelta(days=50)
    plain = one_night(made(FIRST, 60), night)
    changed = one_night(made(FIRST, 60, changed=dict.fromkeys(range(50, 60), 0)), night)
    assert plain.nights_before == 50
    assert np.array_equal(plain.pmf, changed.pmf)
    assert changed.through == 0
    frame = hindcast(made(FIRST, 70), SPLIT).to_frame()
    assert len(frame) == 10
    assert (frame.predicted_q05 <= frame.predicted_q95).all()
