"""The pages on design and needs say what the results hold, in both languages, and name no site by region."""

from __future__ import annotations

from typing import Any

import pytest
from tests.briefing.made_up import filled, parts_of, scenario_of

from egide.briefing.brief import Brief, brief
from egide.briefing.document import Block, Heading, Picture, Table, Text
from egide.briefing.siting_pages import siting_pages
from egide.siting.needs_result import Addition, FrontPoint, GuidelineChange, Needs, NotBought, RequirementNeed
from egide.siting.study_result import Study, StudyBand

GUIDELINES = (
    "early engagement", "weighted coverage", "depth", "balanced fires", "mutual support", "overlapping fires",
)  # fmt: skip


def needs_of(name: str) -> Needs:
    scenario = scenario_of(name)
    option, asked = scenario.options[0], scenario.requirements[0]
    site, asset = scenario.sites[0], scenario.assets[0]
    wall = next(one for one in scenario.options if one.kind == "passive")
    common: dict[str, Any] = {
        "cost_eur": 3.5e6, "cost_low_eur": 2e6, "cost_high_eur": 5e6, "ready": "2025-09-01", "partner": "ukraine",
        "lawful_operator": "armed forces", "requirements": (asked.id,), "layers_low": 0.0, "layers_high": 0.0,
        "marginal_value": 0.1, "bearing_deg": 0.0,
    }  # fmt: skip
    additions = (
        Addition(option=option.id, kind=option.kind, item=option.item, unit="need.x.1", site=site.id, asset="",
                 asset_kind="", region=site.region, **common),
        Addition(option=wall.id, kind="passive", item=wall.item, unit="", site="", asset=asset.id,
                 asset_kind=asset.kind, region=asset.region, **common),
    )  # fmt: skip
    rows = tuple(
        RequirementNeed(one.id, one.priority, one.threat_class, 5, 4, 2, 3, 1, 1, 1, 7e6, None, 6e6, "2025-09-01",
                        (asset.id,), (asset.region,))
        for one in scenario.requirements
    )  # fmt: skip
    front = (
        FrontPoint(0.0, 0.0, 0.5, 0.5, 0.0, ()),
        FrontPoint(7e6, 7e6, 0.75, 0.76, 0.01, (option.id, option.id)),
    )
    left = NotBought(
        wall.id, "passive", wall.item, "", asset.id, asset.kind, asset.region, 1e6, 0.0123, 0.01, "x"
    )
    return filled(
        Needs, additions=additions, requirements=rows, front=front, not_bought=(left,), cost_eur=7e6, cost_low_eur=4e6,
        cost_high_eur=1e7, bound_eur=6.5e6, options=9, budget_eur=None, seed=7,
        guidelines=tuple(
            GuidelineChange(g, 100.0 + n, 200.0 + n, "1" if n else "s", "") for n, g in enumerate(GUIDELINES)
        ),
    )  # fmt: skip


def study_of() -> Study:
    band = StudyBand("all", 12, (0.7, 0.9), (0.01, 0.02), (0.25, 0.75), (1_000, 2_000), 0.875)
    return filled(Study, bands=(band,))


def made(name: str, language: str, **more: Any) -> Brief:
    return brief(**parts_of(scenario_of(name)), **more, language=language)


def words_of(blocks: list[Block]) -> str:
    said = []
    for block in blocks:
        if isinstance(block, Heading | Text):
            said.append(block.text)
        elif isinstance(block, Table):
            said += [block.caption, block.note, *block.head, *(cell for row in block.rows for cell in row)]
    return "\n".join(said)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["tiny", "kyiv-2025-07-04", "alpine-dam"])
def test_every_part_is_said_in_both_languages_on_every_scenario(name: str, language: str) -> None:
    whole = made(name, language, needs=needs_of(name), study=study_of())
    headings = [block for block in siting_pages(whole.case) if isinstance(block, Heading)]
    tables = [block for block in siting_pages(whole.case) if isinstance(block, Table)]
    assert len(headings) == 2
    assert len(tables) == 5


def test_the_brief_holds_the_pages() -> None:
    whole = made("tiny", "en", needs=needs_of("tiny"), study=study_of())
    assert set(siting_pages(whole.case)) <= {
        one for one in whole.document.blocks if not isinstance(one, Picture)
    }


def test_bound_gap_and_band_stand_side_by_side() -> None:
    said = words_of(siting_pages(made("tiny", "en", study=study_of()).case))
    assert "worth more than 0.875: at most 7.7% of its value" in said
    assert "over 12 other grids" in said
    assert "25% to 75% of the posts stay" in said
    assert "keeps at least 87.5% of the best" in said


def test_without_study_and_needs_the_brief_says_so_and_leaves_them_out() -> None:
    said = words_of(siting_pages(made("tiny", "en").case))
    assert "was not studied in this run folder" in said
    assert "Needs" not in said


def test_needs_say_cost_bound_operator_and_what_stays_short() -> None:
    said = words_of(siting_pages(made("tiny", "en", needs=needs_of("tiny")).case))
    assert "2 additions for EUR 7.0 M (EUR 4.0 M to EUR 10.0 M)" in said
    assert "nothing cheaper than EUR 6.5 M" in said
    assert "1 (at least 1)" in said
    assert "armed forces" in said
    assert "would add 1.23% of the value" in said
    assert "protected" not in said


def test_the_guidelines_stand_before_and_with_the_additions() -> None:
    said = words_of(siting_pages(made("tiny", "en", needs=needs_of("tiny")).case))
    assert "2\u00a0min \u2192 3\u00a0min" in said
    assert "101.00 \u2192 201.00" in said


def test_by_region_no_plant_and_no_site_is_named() -> None:
    name = "kyiv-2025-07-04"
    said = words_of(siting_pages(made(name, "en", needs=needs_of(name)).case))
    scenario = scenario_of(name)
    for one in scenario.assets:
        assert one.id not in said
        assert one.kind == "city" or one.name not in said
    assert all(site.id not in said and site.name not in said for site in scenario.sites)
