"""Both languages say the same things, and write numbers so that nobody misreads them."""

from __future__ import annotations

import ast
import re
import string
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.briefing.made_up import scenario_of

import egide.briefing
from egide.assessment.gaps import LACKS
from egide.assessment.threats import COMPASS
from egide.briefing.phrases import LANGUAGES, Phrases, read_phrases
from egide.errors import InputError
from egide.model.catalogue_types import SensorKind, ThreatClass
from egide.raids.outcome import OUTCOMES

EN, FR = (read_phrases(language) for language in LANGUAGES)
ROOM = Path(egide.briefing.__file__).parent


def values_in(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name is not None}


PACKAGED = ("tiny", "kyiv-2025-07-04", "alpine-dam")


def test_every_phrase_stands_in_both_languages_with_the_same_values() -> None:
    assert EN.table.keys() == FR.table.keys()
    for key in EN.table:
        assert values_in(EN.table[key]) == values_in(FR.table[key]), key
        assert EN.table[key].strip(), key
        assert FR.table[key].strip(), key


def test_every_phrase_the_pages_name_exists() -> None:
    named = set()
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name == "say":
                    named.add(node.args[0].value)
                elif name == "counted":
                    named |= {f"{node.args[0].value}.one", f"{node.args[0].value}.many"}
    assert len(named) > 80
    assert named <= EN.table.keys()


def test_every_outcome_and_threat_class_has_its_words() -> None:
    for stage in OUTCOMES:
        for table in ("stage", "stage_says"):
            assert f"{table}.{stage.replace(' ', '_')}" in EN.table
    for threat_class in ThreatClass:
        assert f"threat_class.{threat_class.value}" in EN.table
    for kind in SensorKind:
        assert f"sensor_kind.{kind.value.lower()}" in EN.table
    for axis in COMPASS:
        assert f"compass.{axis}" in EN.table
    for lack in LACKS:
        assert f"register.{lack}" in EN.table


@pytest.mark.parametrize("name", PACKAGED)
def test_the_french_brief_translates_what_packaged_scenarios_say(name: str) -> None:
    scenario = scenario_of(name)
    said = [scenario.title, scenario.summary, *(raid.name for raid in scenario.raids)]
    said += [action.title for action in scenario.actions] + [asset.kind for asset in scenario.assets]
    said += [partner.contribution for partner in scenario.partners]
    assert [words for words in said if words and words not in FR.texts] == []


def test_no_translation_is_left_over_from_words_that_changed() -> None:
    spoken: set[str] = set()
    for name in PACKAGED:
        scenario = scenario_of(name)
        spoken.update(re.findall(r'"((?:[^"\\]|\\.)*)"', scenario.model_dump_json()))
        spoken |= {item.name for _, item in scenario.catalogue.items()}
        spoken |= {k.effector_class.replace("_", " ") for k in scenario.catalogue.kill_probabilities}
    spoken.add("jammer")
    credits = (ROOM.parent / "data" / "briefing" / "credits.toml").read_text(encoding="utf-8")
    spoken |= set(re.findall(r'"([^"]+)"', credits))
    assert [words for words in FR.texts if words.replace('"', '\\"') not in spoken] == []


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="en, fr"):
        read_phrases("de")


@given(st.floats(-1e12, 1e12), st.integers(0, 3), st.sampled_from([EN, FR]))
def test_a_number_reads_back_as_the_rounded_value_in_either_language(
    value: float, digits: int, phrases: Phrases
) -> None:
    shown = phrases.number(value, digits).replace("\u2212", "-")
    plain = shown.replace(",", "") if phrases is EN else shown.replace("\u202f", "").replace(",", ".")
    assert float(plain) == pytest.approx(float(f"{value:.{digits}f}"), abs=0.0)
    assert not plain.startswith("-") or float(plain) < 0.0  # no minus zero


@example(0.005, 0, EN)
@example(0.995, 0, FR)
@given(st.floats(0.0, 1.0), st.integers(0, 2), st.sampled_from([EN, FR]))
def test_a_share_says_none_only_for_none_and_all_only_for_all(
    share: float, digits: int, phrases: Phrases
) -> None:
    shown = phrases.percent(share, digits)
    digits_shown = re.sub(r"[^0-9]", "", shown)
    if shown[0] not in "<>":
        assert (int(digits_shown) == 0) == (share == 0.0)
        assert (int(digits_shown) == 100 * 10**digits) == (share == 1.0)


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.sampled_from([EN, FR]))
def test_two_days_never_read_the_same(day: date, phrases: Phrases) -> None:
    other = day + timedelta(days=1)
    assert phrases.day(day) != phrases.day(other)
    assert phrases.short_day(day) != phrases.short_day(other)
    assert str(day.year) in phrases.day(day)


def test_a_moment_is_said_in_utc_whatever_its_zone() -> None:
    local = datetime(2025, 7, 4, 1, 30, tzinfo=timezone(timedelta(hours=3)))
    assert EN.moment(local) == EN.moment(local.astimezone(UTC)) == "3\u00a0July 2025, 22:30\u00a0UTC"


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1), max_size=6))
def test_a_list_in_a_sentence_names_everything_once_in_order(words: list[str]) -> None:
    assert re.split(r", | and ", EN.listed(words)) == (words or [""])


def test_one_and_many_follow_the_language() -> None:
    assert EN.counted("front.help.others", 0).endswith("partners")
    assert FR.counted("front.help.others", 0).endswith("partenaire")
    assert EN.counted("front.help.others", 1).endswith("partner")
    assert FR.counted("front.help.others", 2).endswith("partenaires")


def test_a_time_is_in_minutes_once_it_is_long_and_says_when_there_is_none() -> None:
    assert EN.minutes(80.0) == "80\u00a0s"
    assert EN.minutes(600.0) == "10\u00a0min"
    assert EN.minutes(None) == EN.say("warning.none")


def test_no_french_double_sign_can_part_from_its_word() -> None:
    for key, phrase in FR.table.items():
        assert not re.search(r"\S [:;?!»%]", phrase), key
