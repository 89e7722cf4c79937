"""Warning, worksheet, register, scorecard, band and site plan on the pages: true to the results, by region where asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.briefing.made_up import brief_of, parts_of, scenario_of

from egide.briefing.band_pages import band_pages
from egide.briefing.brief import Brief, brief
from egide.briefing.document import Picture, Table
from egide.briefing.site_pages import site_pages


def tables(made: Brief, word: str) -> Iterator[Table]:
    return (block for block in made.document.blocks if isinstance(block, Table) and word in block.caption)


def made_with(name: str, **new: Any) -> Brief:
    return brief(**{**parts_of(scenario_of(name)), **new})


def test_minutes_of_warning_are_those_of_the_atlas_for_every_place_and_axis() -> None:
    made = brief_of("tiny")
    atlas, p = made.case.today.atlas, made.case.phrases
    table = next(tables(made, "Warning by place"))
    # Places come before assets, which may have the same name.
    shown = {row[0]: row for row in reversed(table.rows)}
    for number in range(atlas.places):
        seconds = float(atlas.warning_s[number, 0, 0])
        said = shown[p.text(atlas.names[number])][2]
        assert said == ("none" if np.isnan(seconds) else f"{seconds:.0f}\u00a0s")


def test_the_margin_is_the_warning_less_the_responders_time() -> None:
    made = brief_of("alpine-dam")
    atlas = made.case.today.atlas
    rows = next(tables(made, "Warning by place")).rows
    asked = {
        name: time for name, time in zip(atlas.names, atlas.responders_s, strict=True) if np.isfinite(time)
    }
    found = 0
    for row in rows:
        name = row[0].split(" (")[0]
        if name in asked:
            short = float(atlas.shortest_s[atlas.names.index(name, atlas.places), 0])
            said = row[-1].split(" \u2192 ")[0]
            assert said == ("none" if np.isnan(short) else said)
            if not np.isnan(short):
                assert float(said.replace("\u2212", "-").replace("\u00a0s", "")) == np.floor(
                    short - asked[name]
                )
                found += 1
        else:
            assert row[-1] == "\u2013"
    assert found >= 3


def test_by_region_warnings_are_what_half_of_the_people_have() -> None:
    made = brief_of("kyiv-2025-07-04")
    atlas, p = made.case.today.atlas, made.case.phrases
    table = next(tables(made, "half of a region"))
    people = atlas.people_by_region
    assert sum(people.values()) == sum(place.population for place in made.case.scenario.places)
    largest = max(people, key=lambda name: people[name])
    row = next(row for row in table.rows if row[0] == made.case.region(largest))
    half = atlas.half_of(largest, 0)[0]
    assert row[2] == p.minutes(None if half < 0.0 else half)
    assert not {place.name for place in made.case.scenario.places} & {row[0] for row in table.rows} - set(
        people
    )


def test_half_of_the_people_is_a_median_weighted_by_people() -> None:
    """The largest warning that places of at least half of the region's people have."""
    atlas = brief_of("kyiv-2025-07-04").case.today.atlas
    for region in list(atlas.people_by_region)[:6]:
        here = [n for n in range(atlas.places) if atlas.regions[n] == region]
        times = np.nan_to_num(atlas.warning_s[here, 0, 0].astype(float), nan=-1.0)
        people = atlas.people[here]
        expected = max(t for t in times if people[times >= t].sum() >= 0.5 * people.sum())
        assert atlas.half_of(region, 0)[0] == expected
    frame = atlas.region_table()
    assert list(frame["people"][frame["threat_class"] == atlas.classes[0]]) == list(
        atlas.people_by_region.values()
    )
    assert (frame["people_1_min"] >= frame["people_10_min"]).all()


def test_the_worksheet_counts_the_defended_assets_of_the_last_phase() -> None:
    made = brief_of("tiny")
    last = made.case.today.worksheet[-1].phase
    defended = sum(row.is_defended for row in made.case.today.worksheet if row.phase == last)
    said = [getattr(block, "text", "") for block in made.document.blocks]
    assert any(f"assets {defended} have today" in text for text in said)
    table = next(tables(made, "Worksheet"))
    assert "ballistic missile not assessed" in table.rows[0][-1]
    assert table.rows[0][1] == made.case.phrases.text(made.case.today.worksheet[0].name)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_register_says_what_would_close_a_gap_and_when_nothing_does(language: str) -> None:
    for name in ("tiny", "kyiv-2025-07-04"):
        made = brief_of(name, language)
        say = made.case.phrases.say
        table = next(tables(made, say("register.table")))
        assert made.case.phrases.percent(0.75) in table.rows[0][-1]
        assert table.rows[1][-1] == say("register.nothing_closes")
        site = made.case.scenario.sites[0]
        assert (made.case.phrases.text(site.name) in table.rows[0][-1]) != made.case.by_region


def test_the_scorecard_stands_with_its_six_numbers_and_what_pulls_apart() -> None:
    made = brief_of("tiny")
    table = next(tables(made, "Scorecard"))
    assert len(table.rows) == 6
    assert table.rows[2][1] == "2.25 \u2192 3.25"
    items = [
        item
        for block in made.document.blocks
        for item in getattr(block, "items", ())
        if isinstance(item, str)
    ]
    assert any(item.startswith("Depth or Overlapping fires: Depth") for item in items)


def test_a_band_is_shown_only_where_it_was_worked_out() -> None:
    made, without = brief_of("tiny"), made_with("tiny", probable=None)
    assert any(isinstance(block, Picture) and block.name == "band" for block in made.document.blocks)
    assert band_pages(without.case, without._ground) == []
    row = next(tables(made, "its band over")).rows[0]
    people = sum(place.population for place in made.case.scenario.places)
    assert row[2] == f"{0.4 * people:,.0f} to {0.6 * people:,.0f}"


def test_the_site_plan_is_for_those_whose_responders_wait_and_never_by_region() -> None:
    made = brief_of("alpine-dam")
    names = [block.name for block in made.document.blocks if isinstance(block, Picture)]
    assert "site-plan" in names
    sensors = next(tables(made, "blind, against"))
    assert "350\u00b0 to 20\u00b0; 100\u00b0 to 130\u00b0" in sensors.rows[0]
    assert "crews of the state" in next(tables(made, "lawfully operate")).rows[0]
    for other in (brief_of("kyiv-2025-07-04"), brief_of("alpine-dam", "en", by_region=True)):
        assert site_pages(other.case, other._ground) == []
    alarms = sum(row.false_alarms_per_day for row in made.case.designed.sensors)
    assert f"raise {made.case.phrases.measured(alarms)} false alarms" in " ".join(
        getattr(block, "text", "") for block in made.document.blocks
    )


def test_the_new_figures_draw_in_both_languages() -> None:
    for language in ("en", "fr"):
        made = brief_of("alpine-dam", language)
        for block in made.document.blocks:
            if isinstance(block, Picture) and block.name in ("band", "site-plan"):
                assert block.draw().startswith(b"\x89PNG")
                assert dataclasses.replace(block).alt
