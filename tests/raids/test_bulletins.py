"""Rows are checked, set aside with a count, and summed into nights as the definition says."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.errors import InputError
from egide.raids.bulletins import (
    REGIMES,
    REQUIRED_COLUMNS,
    Bulletins,
    aggregates,
    bulletins_from_table,
    merged,
    regime_of,
)
from egide.raids.hindcast_classes import MODELS, class_of
from egide.raids.hindcast_nights import SHAHED, nights_of, shahed_nights

COLUMNS = (*REQUIRED_COLUMNS, "target", "source")
Row = tuple[str, ...]


def row(
    end: str,
    launched: object,
    destroyed: object,
    lost: object = "",
    model: str = SHAHED,
    target: str = "Ukraine",
    source: str = "kpszsu/posts/1",
    start: str = "2023-01-01",
) -> Row:
    return (start, end, model, str(launched), str(destroyed), str(lost), target, source)


def bulletins(rows: list[Row], file: str = "made.csv") -> Bulletins:
    return bulletins_from_table({name: [r[i] for r in rows] for i, name in enumerate(COLUMNS)}, file)


def reasons(noted: tuple[object, ...]) -> str:
    return "\n".join(str(note) for note in noted)


def test_a_night_is_the_date_on_which_rows_end() -> None:
    """Rows are summed by the UTC date of their end, whatever the start; other models stay out."""
    table = bulletins(
        [
            row("2025-09-02 08:00", 150, 120, 0),
            row("2025-09-02 16:00", 53.0, 48.0, 2),
            row("2025-09-03 00:00", 10, 4),
            row("2025-09-02", 7, 7, model="Lancet"),
        ]
    )
    nights = shahed_nights(table)
    assert nights.date.astype(str).tolist() == ["2025-09-02", "2025-09-03"]
    assert nights.launched.tolist() == [203, 10]
    assert nights.through.tolist() == [33, 6]


def test_a_night_never_has_negative_leakers_and_says_so() -> None:
    """Destroyed plus lost above launched gives zero through, and the row is counted."""
    nights = shahed_nights(bulletins([row("2024-12-28 08:30", 16, 15, 11)]))
    assert nights.through.tolist() == [0]
    assert "1 x row whose destroyed and lost exceed its launches" in reasons(nights.set_aside)


@given(st.permutations(range(12)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    """A shuffled file gives the same nights."""
    rows = [row(f"2025-09-{1 + i % 5:02d} {i:02d}:00", 10 + i, 3 + i % 4, i % 3) for i in range(12)]
    straight, shuffled = shahed_nights(bulletins(rows)), shahed_nights(bulletins([rows[i] for i in order]))
    assert straight.date.tolist() == shuffled.date.tolist()
    assert straight.launched.tolist() == shuffled.launched.tolist()
    assert straight.through.tolist() == shuffled.through.tolist()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("2025-09-02 08:00", "", 3), "launched or destroyed not stated"),
        (row("2025-09-02 08:00", 9, ""), "launched or destroyed not stated"),
        (row("2025-09-02 08:00", 9, 10), "more destroyed than launched"),
        (row("2025-09-02 08:00", -9, 0), "no whole number"),
        (row("2025-09-02 08:00", 9.5, 0), "no whole number"),
        (row("2025-09-02 08:00", "many", 0), "no whole number"),
        (row("2025-09-02 08:00", "nan", 0), "no whole number"),
        (row("2025-09-02 08:00", "inf", 0), "no whole number"),
        (row("2025-09-02 08:00", 9, 3, "few"), "no whole number"),
        (row("yesterday", 9, 3), "cannot be read as a time"),
        (row("", 9, 3), "cannot be read as a time"),
        (row("2022-12-31", 9, 3), "ends before it starts"),
        (row("2025-09-02 08:00", 9, 3, model=" "), "no weapon model"),
        (row("2025-09-01 08:00", 90, 30), "repeated word for word"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_with_its_reason(bad: Row, reason: str) -> None:
    """One bad row leaves the good one, is counted once, and the example names it."""
    table = bulletins([row("2025-09-01 08:00", 90, 30), bad])
    assert len(table) == 1
    assert [note.count for note in table.set_aside] == [1]
    assert reason in table.set_aside[0].reason
    assert "row 2" in table.set_aside[0].example


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2025-09-01 08:00", "2025-09-02", "soon"]),
            st.sampled_from(["", "5", "9.0", "x", "-1"]),
            st.sampled_from(["", "5", "7", "0"]),
            st.sampled_from(["", "0", "4", "?"]),
            st.sampled_from([SHAHED, "Kalibr", ""]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_no_row_is_dropped_silently(cells: list[tuple[str, str, str, str, str]]) -> None:
    """Rows kept plus rows set aside are all the rows, whatever a file holds."""
    rows = [row(end, launched, destroyed, lost, model) for end, launched, destroyed, lost, model in cells]
    table = bulletins([*rows, row("2025-09-09", 1, 1)])
    assert len(table) + sum(note.count for note in table.set_aside) == len(rows) + 1


def test_every_missing_column_is_named_at_once() -> None:
    """A file without two columns is refused with both names in one error."""
    with pytest.raises(InputError) as caught:
        bulletins_from_table({"time_start": [], "time_end": [], "model": [], "destroyed": []}, "short.csv")
    assert [problem.field for problem in caught.value.problems] == [
        "column.launched",
        "column.not_reach_goal",
    ]


def test_columns_of_different_length_and_empty_tables_are_refused() -> None:
    """A table that is no table, or has no rows, says so."""
    good = {name: ["1"] for name in COLUMNS}
    with pytest.raises(InputError, match="differ in length"):
        bulletins_from_table({**good, "launched": []})
    with pytest.raises(InputError, match="no rows"):
        bulletins_from_table({name: [] for name in COLUMNS})


def test_a_new_model_name_is_kept_counted_and_in_no_class() -> None:
    """A name never met before is reported with a count and stays out of classes and nights."""
    table = bulletins([row("2025-09-01 08:00", 90, 30), row("2025-09-01 08:00", 5, 1, model="Geran-9")])
    assert table.weapon_class == ("one_way_drone", "unclassified")
    nights = shahed_nights(table)
    assert nights.launched.tolist() == [90]
    assert "1 x row of a model not met before (Geran-9)" in reasons(nights.set_aside)


def test_a_lumped_row_is_not_split() -> None:
    """A row that joins the drone with another model stays out of the nights and is counted."""
    lumped = row("2025-09-01 08:00", 16, 10, model=f"{SHAHED} and Lancet")
    nights = shahed_nights(bulletins([row("2025-09-01 09:00", 90, 30), lumped]))
    assert nights.launched.tolist() == [90]
    assert f"1 x row that lumps {SHAHED}" in reasons(nights.set_aside)


def test_nights_without_known_launches_are_set_aside() -> None:
    """Nights of 2022, and nights on which nothing is stated as launched, are left out with a count."""
    early = row("2022-12-30 08:00", 9, 9, start="2022-12-29")
    nights = shahed_nights(bulletins([early, row("2023-01-02", 0, 0), row("2023-01-03", 4, 1)]))
    assert nights.launched.tolist() == [4]
    assert "1 x night before 2023-01-01" in reasons(nights.set_aside)
    assert "1 x night on which nothing is stated as launched" in reasons(nights.set_aside)


def test_times_are_read_as_utc_in_every_form_bulletins_use() -> None:
    """Date alone, minutes, one-digit hours, and an offset that moves the night."""
    forms = [
        "2025-09-02",
        "2025-09-02 08:00",
        "2025-09-02 3:30",
        "2025-09-02T08:01",
        "2025-09-03 01:00+03:00",
    ]
    table = bulletins([row(form, 9, 1) for form in forms])
    assert table.date.astype(str).tolist() == ["2025-09-02"] * 5
    assert str(table.time_end[2]) == "2025-09-02T03:30"
    assert str(table.time_end[4]) == "2025-09-02T22:00"


def test_tactical_rows_are_recognised() -> None:
    """A regional command about its own area is tactical; the whole country or a national page is not."""
    table = bulletins(
        [
            row("2025-09-02", 9, 9, target="south", source="PvKPivden/posts/1"),
            row("2025-09-03", 9, 9, target="Kherson oblast", source="pvkshid/posts/1"),
            row("2025-09-04", 9, 5, target="Ukraine", source="PvKPivden/posts/1"),
            row("2025-09-05", 9, 5, target="Kyiv oblast", source="kpszsu/posts/1"),
            row("2025-09-06", 9, 9, target="south and east", source=""),
        ]
    )
    assert table.tactical.tolist() == [True, True, False, False, True]


@pytest.mark.parametrize(
    ("night", "name"),
    [
        (date(2020, 1, 1), "kills_only"),
        (date(2024, 7, 9), "kills_only"),
        (date(2024, 7, 10), "lost_separate"),
        (date(2025, 7, 23), "lost_separate"),
        (date(2025, 7, 24), "lost_merged"),
        (date(2030, 1, 1), "lost_merged"),
    ],
)
def test_regimes_break_where_reporting_changed(night: date, name: str) -> None:
    """The last night of a regime and the first of the next fall on their own sides."""
    assert REGIMES[regime_of(night)].name == name


def test_merging_counts_a_window_once_and_takes_the_later_statement() -> None:
    """Windows in both files appear once, as the second file states them; all others are kept."""
    old = bulletins([row("2025-12-31 09:00", 100, 80), row("2026-01-01 08:30", 205, 170)], "a.csv")
    new = bulletins([row("2026-01-01 08:30", 205, 176), row("2026-01-02 08:30", 50, 40)], "b.csv")
    nights = shahed_nights(merged(old, new))
    assert nights.launched.tolist() == [100, 205, 50]
    assert nights.through.tolist() == [20, 29, 10]
    again = shahed_nights(merged(new, new))
    assert again.launched.tolist() == [205, 50]


def test_merging_knows_a_window_without_its_target_or_with_a_corrected_hour() -> None:
    """A night counts once where one file leaves out the column of targets or moves an hour; bulletins that
    follow each other, other targets and other models are kept."""
    night = {"end": "2026-01-01 08:30", "start": "2025-12-31 18:00"}
    old = bulletins(
        [row(launched=205, destroyed=170, **night), row(launched=5, destroyed=5, target="south", **night)],
        "a.csv",
    )
    bare = bulletins([row(launched=205, destroyed=176, target="", **night)], "b.csv")
    assert shahed_nights(merged(old, bare)).launched.tolist() == [205]
    assert shahed_nights(merged(bare, old)).launched.tolist() == [210]
    late = bulletins([row("2026-01-01 09:30", 206, 170, start=night["start"])], "b.csv")
    assert shahed_nights(merged(old, late)).launched.tolist() == [206 + 5]
    following = [
        row("2026-01-01 18:00", 40, 40, start="2026-01-01 07:30"),
        row(launched=8, destroyed=8, model="Kalibr", **night),
    ]
    assert shahed_nights(merged(old, bulletins(following, "b.csv"))).launched.tolist() == [250]


def test_merged_notes_name_their_file() -> None:
    """What two files set aside is told apart by file."""
    old = bulletins([row("2026-01-01 08:30", 5, 4), row("2026-01-01 08:30", 5, 6)], "a.csv")
    new = bulletins([row("2026-01-02 08:30", 5, 4), row("2026-01-02 08:30", 5, 6)], "b.csv")
    assert [note.example[:6] for note in merged(old, new).set_aside] == ["a.csv,", "b.csv,"]


def test_two_reports_of_one_window_in_one_file_both_count() -> None:
    """Rows that differ in any cell are two reports, before and after a merge with their own file."""
    pair = bulletins([row("2025-09-02", 3, 3, source="a"), row("2025-09-02", 1, 1, source="b")])
    assert shahed_nights(pair).launched.tolist() == [4]
    assert shahed_nights(merged(pair, pair)).launched.tolist() == [4]


def test_aggregates_filter_by_date_class_and_model() -> None:
    """Both ends of the period count, filters combine, and shares are of the sums."""
    table = bulletins(
        [
            row("2025-08-31 09:00", 50, 50),
            row("2025-09-01 09:00", 100, 60, 20),
            row("2025-09-30 23:59", 100, 70),
            row("2025-10-01 00:00", 50, 50),
            row("2025-09-05 09:00", 8, 2, model="Iskander-M"),
            row("2025-09-05 09:00", 4, 3, model="Kalibr"),
        ]
    )
    drones = aggregates(table, first=date(2025, 9, 1), last=date(2025, 9, 30), classes={"one_way_drone"})
    assert (drones.rows, drones.launched, drones.destroyed, drones.lost) == (2, 200, 130, 20)
    assert drones.destroyed_fraction == pytest.approx(0.65)
    assert drones.stopped_fraction == pytest.approx(0.75)
    month = {"first": date(2025, 9, 1), "last": date(2025, 9, 30)}
    assert aggregates(table, **month).launched == 212
    assert aggregates(table, **month, models={"Kalibr"}).destroyed == 3
    assert aggregates(table, **month, models={"Kalibr"}, classes={"one_way_drone"}).rows == 0
    assert np.isnan(aggregates(table, **month, models=set()).destroyed_fraction)


def test_classes_of_lumped_models() -> None:
    """Parts that share a class keep it, missiles mix into missiles, an unknown part is never guessed."""
    assert class_of("X-101/X-555 and Kalibr and Iskander-K") == "cruise_missile"
    assert class_of("X-101/X-555 and Kalibr and Iskander-M/KN-23") == "mixed_missiles"
    assert class_of("Shahed-136/131 and Lancet") == "mixed"
    assert class_of("Kalibr and Novelty") == "unclassified"


def test_no_model_is_in_two_classes() -> None:
    """Every name stands once in the table of classes."""
    names = [model for models in MODELS.values() for model in models]
    assert len(names) == len(set(names))


def test_nights_of_nothing_is_empty() -> None:
    """A choice of rows that picks none gives no night and no error."""
    table = bulletins([row("2025-09-01 08:00", 90, 30)])
    assert len(nights_of(table, np.zeros(1, dtype=bool))) == 0
