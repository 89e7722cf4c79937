"""The brief: true to its results, complete on its first page, discreet by region, the same bytes every time."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from matplotlib.text import Text as DrawnText
from tests.briefing.made_up import brief_of, outlook_of, parts_of, raids_of, scenario_of

from egide.briefing import canvas
from egide.briefing.brief import Brief, brief
from egide.briefing.case import NOT_ASSESSED
from egide.briefing.document import Answers, Document, Figures, Heading, Picture, Table, Text
from egide.briefing.front import front_page
from egide.briefing.pdf import to_pdf
from egide.cooperation.ledger import replay
from egide.cooperation.pledges import pledge_events, rows_of_pledges
from egide.coverage.cover import cover
from egide.errors import InputError
from egide.io.scenario_terrain import read_terrain
from egide.model.scenario import Scenario

BOTH_SCENARIOS = pytest.mark.parametrize("name", ["tiny", "kyiv-2025-07-04"])
BOTH_LANGUAGES = pytest.mark.parametrize("language", ["en", "fr"])


def words_of(document: Document) -> Iterator[str]:
    """Everything that a document says, figures apart."""
    yield from (document.title, document.subtitle, document.footer, document.banner)
    for block in document.blocks:
        yield from _words(block)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _words(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _words(getattr(value, field.name))


def front_words(made: Brief) -> str:
    return " ".join(word for block in front_page(made.case) for word in _words(block))


def made_with(**new: Any) -> Brief:
    return brief(**{**parts_of(scenario_of("tiny")), **new})


@BOTH_LANGUAGES
@BOTH_SCENARIOS
def test_the_first_page_answers_five_questions_and_is_one_page(name: str, language: str) -> None:
    made = brief_of(name, language)
    blocks = tuple(front_page(made.case))
    answers = next(block for block in blocks if isinstance(block, Answers))
    assert [one.question[0] for one in answers.items] == list("12345")
    assert all(one.answer and one.sureness for one in answers.items)
    page = to_pdf(dataclasses.replace(made.document, blocks=blocks), {}, made.case.scenario.day)
    assert len(re.findall(rb"/Type\s*/Page\b", page)) == 1


def test_the_first_page_says_the_quantiles_of_the_result_and_not_others() -> None:
    for shift in (0, 2):
        raids = raids_of(scenario_of("tiny"), shift=shift)
        row = next(row for row in raids.summary() if row["who"] == "all")
        said = front_words(made_with(raids=raids, raids_today=None))
        assert f"{row['q50']:.0f} get through" in said
        assert f"between {row['q10']:.0f} and {row['q90']:.0f}" in said


def test_the_first_page_says_how_many_people_are_under_coverage() -> None:
    made = brief_of("tiny")
    row = made.case.today.at(made.case.height_m)
    assert f"{row.people_sensor:,} (" in front_words(made)
    assert f"{row.people_effector:,} (" in front_words(made)


def test_the_first_page_says_how_detection_varies_and_what_one_loss_costs() -> None:
    said = front_words(brief_of("tiny"))
    assert "above 25% to 50% of the people" in said
    assert "above 9% on a night" in said
    assert "can leave 5,000 people" in said


def test_a_reported_number_outside_the_interval_is_said_to_be_outside() -> None:
    scenario = scenario_of("tiny")
    for reported, said in ((999, "outside the interval of the stated laydown"), (None, None)):
        raids = raids_of(scenario, reported=reported)
        words = front_words(made_with(raids=raids))
        assert ("Reported through" in words) == (reported is not None)
        assert said is None or (said in words and "nothing was tuned" in words)
    row = next(row for row in raids_of(scenario).summary() if row["who"] == "all")
    raids = raids_of(scenario, reported=int(row["q50"]))
    inside = front_words(made_with(raids=raids, raids_today=None))
    assert "inside the interval of the designed laydown" in inside
    assert "proves nothing" in inside


def test_a_design_that_lets_more_through_says_so_on_the_first_page() -> None:
    scenario = scenario_of("tiny")
    worse = {"raids": raids_of(scenario, shift=2), "raids_today": raids_of(scenario)}
    better = {"raids": raids_of(scenario), "raids_today": raids_of(scenario, shift=2)}
    assert "More than today" in front_words(made_with(**worse))
    assert "More than today" not in front_words(made_with(**better))


def test_stocks_that_never_run_short_are_not_given_a_day() -> None:
    outlook = outlook_of(scenario_of("tiny"))
    calm = tuple(
        dataclasses.replace(item, first_shortage_day=(None, None, None), no_shortage_fraction=1.0)
        for item in outlook.items
    )
    said = front_words(made_with(outlook=dataclasses.replace(outlook, items=calm)))
    assert "no item runs short within 26 weeks" in said
    assert "runs short first" not in said


def test_a_delivery_matters_only_when_its_interval_lies_above_nothing() -> None:
    outlook = outlook_of(scenario_of("tiny"))
    vain = tuple(dataclasses.replace(lot, value=0.1, low=-1.0, high=1.0) for lot in outlook.lots)
    assert "matters most" in front_words(made_with(outlook=outlook))
    said = front_words(made_with(outlook=dataclasses.replace(outlook, lots=vain)))
    assert "matters most" not in said
    assert "No single delivery" in said


def test_the_item_that_runs_short_soonest_is_named_whatever_the_order_of_the_result() -> None:
    outlook = outlook_of(scenario_of("kyiv-2025-07-04"))
    parts = parts_of(scenario_of("kyiv-2025-07-04"))
    backwards = dataclasses.replace(outlook, items=outlook.items[::-1])
    texts = [front_words(brief(**{**parts, "outlook": one})) for one in (outlook, backwards)]
    assert "runs short first, on day 12" in texts[0]
    assert texts[0] == texts[1]


@BOTH_SCENARIOS
def test_commitment_allocation_and_delivery_stand_apart_and_unsummed(name: str) -> None:
    made = brief_of(name)
    rows = {
        row[4:7]
        for block in made.document.blocks
        if isinstance(block, Table) and block.head[4:7] == ("Commitment", "Allocated", "Delivered")
        for row in block.rows
    }
    stated = {(f"{p.quantity:,}", f"{p.allocated:,}", f"{p.delivered:,}") for p in made.case.scenario.pledges}
    assert rows == stated


def test_a_ledger_of_the_same_pledges_gives_the_same_lines_of_help() -> None:
    scenario = scenario_of("kyiv-2025-07-04")
    rows = rows_of_pledges(scenario.pledges)
    ledger = replay(pledge_events(rows, datetime(2025, 7, 4, tzinfo=UTC)))
    parts = parts_of(scenario)

    def quantities(made: Brief) -> set[tuple[str, ...]]:
        tables = [b for b in made.document.blocks if isinstance(b, Table) and "Commitment" in b.head]
        return {(row[0], row[1], *row[4:7]) for table in tables for row in table.rows}

    assert quantities(brief(**parts, ledger=ledger)) == quantities(brief(**parts))


def test_ballistic_defence_is_not_assessed_where_no_footprint_is_entered() -> None:
    made = brief_of("tiny")
    assert all(row.ballistic == NOT_ASSESSED for row in made.case.today.assets)
    assert "not assessed for 3 of 3 assets" in front_words(made)
    said = " ".join(words_of(made.document))
    assert "Today: 3 assets not assessed." in said
    assert "under no entered footprint" in said  # the made-up design enters some


@BOTH_LANGUAGES
@BOTH_SCENARIOS
def test_every_page_and_the_first_one_say_notional(name: str, language: str) -> None:
    word = {"en": "NOTIONAL", "fr": "FICTIF"}[language]
    made = brief_of(name, language)
    assert made.document.banner.startswith(word)
    assert front_words(made).startswith(word)


def test_a_scenario_that_is_not_notional_is_not_called_so() -> None:
    scenario = scenario_of("tiny")
    real = scenario.model_copy(
        update={"notional": False, "laydown": scenario.laydown.model_copy(update={"notional": False})}
    )
    made = brief(**parts_of(real))
    assert made.document.banner == ""
    assert "NOTIONAL" not in front_words(made)


def secrets_of(scenario: Scenario) -> set[str]:
    """Names and ids that an output by region must not hold: units, sites, and assets that are no region."""
    regions = {place.region for place in scenario.places} | {asset.region for asset in scenario.assets}
    said = (
        scenario.title + scenario.summary + "".join(f"{raid.name} {raid.source}" for raid in scenario.raids)
    )
    names = {asset.name for asset in scenario.assets} | {asset.id for asset in scenario.assets}
    names |= {site.id for site in scenario.sites} | {site.name for site in scenario.sites if site.name}
    names |= {unit.id for unit in scenario.units} | {unit.name for unit in scenario.units if unit.name}
    names |= {place.name for place in scenario.places if place.population < 100_000 and len(place.name) > 5}
    # Ids such as "power" are words of the language as well; names and numbered ids are not.
    telling = {name for name in names if not name.islower() or re.search(r"[\d-]", name)}
    return {name for name in telling if not any(name in one for one in (*regions, said))}


def drawn_words(made: Brief, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every word that is drawn on a figure."""
    found: set[str] = set()

    def listen(figure: Any) -> bytes:
        found.update(text.get_text() for text in figure.findobj(DrawnText))
        return b""

    monkeypatch.setattr(canvas, "as_png", listen)
    monkeypatch.setattr(canvas, "as_svg", listen)
    for block in made.document.blocks:
        if isinstance(block, Picture):
            block.draw()
    return found


@pytest.mark.parametrize(
    ("name", "language"), [("kyiv-2025-07-04", "en"), ("kyiv-2025-07-04", "fr"), ("tiny", "en")]
)
def test_by_region_no_asset_site_or_unit_is_named_on_any_page_or_figure(
    name: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = brief_of(name, language, by_region=True)
    drawn = drawn_words(made, monkeypatch)
    assert any("NOTIONAL" in one or "FICTIF" in one for one in drawn)  # the figures were looked at
    text = " | ".join([*words_of(made.document), *drawn])
    secrets = secrets_of(made.case.scenario)
    assert len(secrets) > 10
    leaked = [one for one in secrets if one in text and re.search(rf"\b{re.escape(one)}\b", text)]
    # A unit's name may be the name of its catalogue type, which pledges and stocks may say.
    types = {item.name for _, item in made.case.scenario.catalogue.items()}
    leaked = [one for one in leaked if not any(one in name for name in types)]
    assert leaked == []


def test_where_single_places_may_be_shown_units_and_assets_are_named() -> None:
    said = " ".join(words_of(brief_of("tiny").document))
    for name in ("Westport", "Hill in the north-west", "Mobile fire team"):
        assert name in said


def test_regions_are_told_apart_by_what_they_lack() -> None:
    made = brief_of("kyiv-2025-07-04")
    table = next(b for b in made.document.blocks if isinstance(b, Table) and "Shortest warning" in b.head)
    ranks = [row[0] for row in table.rows if row[0]]
    assert ranks == [str(at) for at in range(1, len(ranks) + 1)]
    first = made.case.gaps(made.case.today)[made.case.regions()[0]]
    assert table.rows[0][5].startswith(f"{first.people_without_effector:,} ")


class Page(HTMLParser):
    """What the HTML is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, *names: str) -> list[tuple[str, dict[str, str | None]]]:
        return [item for item in self.tags if item[0] in names]


def test_the_html_asks_nothing_of_the_network() -> None:
    text = brief_of("tiny").to_html()
    page = Page(text)
    assert not page.all("script", "link", "iframe", "object", "embed", "base")
    for _, attributes in page.tags:
        for name in ("src", "href", "srcset", "data", "action"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:image/", "#"))
    assert "url(" not in text
    assert "@import" not in text


def test_the_html_can_be_read_aloud() -> None:
    page = Page(brief_of("tiny").to_html())
    assert page.all("html")[0][1]["lang"] == "en"
    images = page.all("img")
    assert len(images) == sum(isinstance(block, Picture) for block in brief_of("tiny").document.blocks)
    assert all(len(attributes["alt"] or "") > 20 for _, attributes in images)
    assert len(page.all("table")) == len(page.all("caption")) == len(page.all("thead"))
    assert all(attributes.get("scope") in ("col", "row") for _, attributes in page.all("th"))
    levels = [int(tag[1]) for tag, _ in page.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_text_from_a_scenario_cannot_become_markup() -> None:
    scenario = scenario_of("tiny").model_copy(update={"title": '<script>"x"</script> & #1'})
    made = brief(**parts_of(scenario))
    made.__dict__["pictures"] = brief_of("tiny").pictures
    assert "<script>" not in made.to_html()
    assert made.to_pdf().startswith(b"%PDF")


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    first, again = brief_of("tiny"), brief(**parts_of(scenario_of("tiny")))
    for suffix in (".html", ".pdf"):
        one, two = first.write(tmp_path / f"one{suffix}"), again.write(tmp_path / "sub" / f"two{suffix}")
        assert one.read_bytes() == two.read_bytes()


def test_a_persons_own_drawing_settings_do_not_change_the_brief() -> None:
    import matplotlib as mpl

    made = brief_of("tiny")
    block = next(
        block for block in made.document.blocks if isinstance(block, Picture) and block.suffix == "svg"
    )
    with mpl.rc_context({"font.size": 20.0, "lines.linewidth": 9.0, "svg.fonttype": "none"}):
        assert block.draw() == made.pictures[block.name]
        assert mpl.rcParams["font.size"] == 20.0


def test_figures_are_drawn_once_for_both_files(tmp_path: Path) -> None:
    made = brief(**parts_of(scenario_of("tiny")))
    drawn: list[str] = []
    blocks = tuple(
        dataclasses.replace(
            block, draw=lambda block=block: drawn.append(block.name) or brief_of("tiny").pictures[block.name]
        )
        if isinstance(block, Picture)
        else block
        for block in made.document.blocks
    )
    made.__dict__["document"] = dataclasses.replace(made.document, blocks=blocks)
    made.write(tmp_path / "a.html")
    made.write(tmp_path / "a.PDF")
    assert sorted(drawn) == sorted(set(drawn))
    assert len(drawn) == sum(isinstance(block, Picture) for block in blocks)


def test_another_suffix_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for name in ("brief.docx", "brief"):
        with pytest.raises(InputError, match=r"\.html or \.pdf"):
            brief_of("tiny").write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_brief_that_cannot_be_made_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = brief_of("tiny")
    (tmp_path / "brief.html").mkdir()  # a folder stands where the file should go
    with pytest.raises(OSError, match=r"brief\.html"):
        made.write(tmp_path / "brief.html")
    assert [path.name for path in tmp_path.iterdir()] == ["brief.html"]


def test_results_of_another_scenario_are_refused_all_together() -> None:
    other = parts_of(scenario_of("kyiv-2025-07-04"))
    with pytest.raises(InputError) as caught:
        made_with(
            today=other["today"], designed=other["designed"], raids=other["raids"], outlook=other["outlook"]
        )
    assert {problem.field for problem in caught.value.problems} >= {"today", "designed", "raids", "outlook"}


def test_without_an_assessment_of_the_design_it_is_assessed_from_the_coverage() -> None:
    scenario = scenario_of("tiny")
    coverage = cover(scenario, read_terrain(scenario))
    made = brief(**{**parts_of(scenario), "coverage": coverage, "designed": None})
    assert made.case.designed.laydown == made.case.design.laydown.name
    assert made.case.designed.assets_total == 3


def test_a_table_with_ragged_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        Table("x", ("a", "b"), (("1",),), "ll", (1.0, 1.0))


@BOTH_LANGUAGES
def test_the_last_pages_say_what_is_not_claimed_and_what_it_was_made_from(language: str) -> None:
    made = brief_of("kyiv-2025-07-04", language)
    said = " ".join(words_of(made.document))
    scenario = made.case.scenario
    counts = [row.figure.confidence.value for row in scenario.catalogue.figures()]
    for kind in ("published", "derived", "assumed"):
        assert f"{made.case.phrases.number(counts.count(kind))} " in said
    assert scenario.fingerprint() in said
    assert "ODC-BY" in said
    assert "CC BY 4.0" in said
    sections = [
        block.text for block in made.document.blocks if isinstance(block, Heading) and block.level == 1
    ]
    assert len(sections) == len(set(sections)) >= 8


def test_key_numbers_stand_first_and_say_today_and_designed() -> None:
    figures = next(block for block in brief_of("tiny").document.blocks if isinstance(block, Figures))
    assert len(figures.items) == 4
    assert "\u2192" in figures.items[0][0]
    assert any(isinstance(block, Text) and block.kind == "lead" for block in brief_of("tiny").document.blocks)
