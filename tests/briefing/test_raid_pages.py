"""The raid's pages say where and when channels are busy, what assumptions add, and name no place by region."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.briefing.made_up import parts_of, scenario_of

from egide.briefing.brief import brief
from egide.briefing.case import Case
from egide.briefing.document import Picture, Table, Text
from egide.briefing.raid_charts import busy_chart, busy_places
from egide.briefing.raid_pages import raid_pages
from egide.raids.assumptions import assumptions_of
from egide.raids.simulate import RaidResult
from egide.raids.uncertainty_summary import PlanUncertainty, RaidUncertainty


def case_of(
    name: str, *, by_region: bool, full: float = 0.75, language: str = "en", uncertain: bool = False
) -> Case:
    """A case whose first three shooters are busy in the middle of the raid, the first one full."""
    scenario = scenario_of(name, by_region)
    parts = parts_of(scenario)
    posts = [p for p in scenario.laydown.posts if scenario.unit(p.unit).effector][:3]
    busy = np.zeros((len(posts), 8))
    busy[:, 3:6] = [[1.0], [0.5], [0.02]][: len(posts)]
    share = np.zeros_like(busy)
    share[0, 3:5] = full
    raids: RaidResult = dataclasses.replace(
        parts["raids"], units=tuple(p.unit for p in posts), sites=tuple(p.site for p in posts),
        channels=(2,) * len(posts), busy_mean=busy, busy_fraction=share, bin_s=900.0,
    )  # fmt: skip
    names = [found.name for found in assumptions_of(scenario, [scenario.laydown])]
    plans = tuple(
        PlanUncertainty(
            which, 80.0, 20.0, 70.0, 130.0, 900.0, 2700.0, best, 0.97, tuple((n, 0.25) for n in names)
        )
        for which, best in (("today", 0.25), ("designed", 0.75))
    )
    summary = RaidUncertainty("x", 192, 64, plans, 10.0, names[0], 9.5, 7, scenario.fingerprint("laydown"))
    made = brief(
        **{**parts, "raids": raids, "language": language, "uncertain": summary if uncertain else None}
    )
    return made.case


def table(case: Case, key: str) -> Table | None:
    caption = case.phrases.say(key)
    return next((b for b in raid_pages(case) if isinstance(b, Table) and b.caption == caption), None)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_saturated_places_stand_with_their_times(language: str) -> None:
    """The unit that is full from the fourth to the fifth bin is given with 45 to 75 minutes, and 30 in all."""
    case = case_of("tiny", by_region=False, language=language)
    found = table(case, "busy.table")
    assert found is not None
    unit = case.raids.units[0]
    assert len(found.rows) == 1
    name, units, when, minutes, share = found.rows[0]
    assert name == case.unit(unit)
    assert "1" in units
    assert "45" in when
    assert "75" in when
    assert minutes == "30"
    assert share.startswith("75")


def test_without_saturation_the_page_says_so() -> None:
    """Busy channels without a full unit: a picture and a sentence, no table."""
    case = case_of("tiny", by_region=False, full=0.25)
    assert table(case, "busy.table") is None
    assert any(isinstance(b, Text) and b.text == case.phrases.say("busy.none") for b in raid_pages(case))
    assert any(isinstance(b, Picture) and b.name == "busy" for b in raid_pages(case))


def test_a_result_without_channels_has_no_such_part() -> None:
    """Results of other makers that hold no channels leave the part out."""
    case = case_of("tiny", by_region=False)
    bare = dataclasses.replace(case, raids=dataclasses.replace(case.raids, busy_mean=np.zeros((0, 0))))
    assert busy_places(bare, bare.raids) == ()
    assert not any(isinstance(b, Picture) and b.name == "busy" for b in raid_pages(bare))


def test_by_region_channels_are_summed_and_no_unit_or_site_is_named() -> None:
    """Busy channels of a region are those of its units together; the drawing holds no unit's name."""
    case = case_of("kyiv-2025-07-04", by_region=True)
    places = busy_places(case, case.raids)
    assert sum(place.busy.sum() for place in places) == pytest.approx(case.raids.busy_mean.sum(), rel=0.05)
    regions = {case.region(site.region) for site in case.scenario.sites}
    assert {place.name for place in places} <= regions
    drawn = busy_chart(case).decode()
    for unit, site in zip(case.raids.units, case.raids.sites, strict=True):
        assert case.unit(unit) not in drawn
        assert f">{site}<" not in drawn


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["tiny", "kyiv-2025-07-04"])
def test_every_assumption_has_its_words_and_ignorance_its_share(name: str, language: str) -> None:
    """Three quarters of the variance from ignorance are said so; each assumption is named in the language."""
    case = case_of(name, by_region=True, language=language, uncertain=True)
    found = table(case, "uncertain.table")
    assert found is not None
    assert [row[3][:2] for row in found.rows] == ["75", "75"]
    assert [row[4][:2] for row in found.rows] == ["25", "75"]
    assert table(dataclasses.replace(case, uncertain=None), "uncertain.table") is None


def test_leakers_by_target_are_quantiles_of_the_trials() -> None:
    """Median and 80 % interval by target are those of the result's trials."""
    case = case_of("tiny", by_region=False)
    found = table(case, "raid.protected")
    assert found is not None
    at = found.head.index(f"{case.phrases.say('raid.median')}, {case.phrases.say('word.designed').lower()}")
    row = next(row for row in found.rows if row[0] == case.asset(case.raids.targets[0]))
    median = np.quantile(case.raids.through_by_target[:, 0], 0.5, method="inverted_cdf")
    assert row[at] == case.phrases.number(float(median))
