"""The verbs on promises, meetings and versions say the truth, refuse what is wrong and lose nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from egide.app.cli import _guarded
from egide.app.line import Line
from egide.io.packaged import example_folder
from egide.io.plan_files import read_plan, snapshot_bytes

EFFORT = ["--seed", "7", "--trials", "60", "--campaigns", "40", "--weeks", "12"]


def copy(to: Path) -> Path:
    """A copy of the tiny scenario that may be written to."""
    return Path(shutil.copytree(example_folder("tiny"), to))


def replaced(path: Path, old: str, new: str) -> None:
    """Edit a file by hand, once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with an assessment and an outlook of the tiny scenario."""
    out = tmp_path_factory.mktemp("runs") / "tiny"
    assert _guarded(["assess", "tiny", "--out", str(out)]) == 0
    assert _guarded(["sustain", "tiny", "--out", str(out), "--laydown", "today", *EFFORT]) == 0
    return out


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A scenario folder with a ledger of D-day."""
    folder = copy(tmp_path / "mine")
    assert _guarded(["ledger", "init", str(folder)]) == 0
    return folder


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a verb with `--json` and return its exit code, its JSON and its words."""

    def ask(*arguments: str | Path) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = _guarded([*map(str, arguments), "--json"])
        captured = capsys.readouterr()
        return code, json.loads(captured.out) if captured.out else None, captured.err

    return ask


# Sustain and deliver.


def test_sustain_leaves_tables_and_says_what_runs_short(run: Path, said: Any) -> None:
    code, content, words = said("sustain", "tiny", "--out", run, "--laydown", "today", *EFFORT)
    assert code == 0
    assert {"id", "item", "value", "low", "high", "value_per_day_of_delay", "rank"} <= content["lots"][
        0
    ].keys()
    assert {"items", "partners", "lines", "doctrines", "fleets", "places", "months"} <= content.keys()
    assert "lacking from D to P" in words
    for name in ("outlook-lots.csv", "outlook-balance.csv", "outlook-shortages.csv"):
        assert (run / name).read_text().count("\n") > 2


def test_sustain_refuses_counts_that_are_none(run: Path) -> None:
    for option in ("--weeks", "--campaigns", "--trials"):
        assert _guarded(["sustain", "tiny", "--seed", "7", "--out", str(run), option, "0"]) == 2


def test_deliver_plans_within_a_bound_and_ends_with_one_where_a_floor_cannot_be_met(
    run: Path, said: Any
) -> None:
    arguments = ("deliver", "tiny", "--seed", "7", "--out", run, "--trials", "60", "--laydown", "today",
                 "--weeks", "12", "--scenarios", "5")  # fmt: skip
    code, content, words = said(*arguments)
    assert code == 0
    assert content["worth"] <= content["bound"] + 1e-9
    assert "EVPI" in words
    code, content, words = said(*arguments, "--floor-weeks", "300")
    assert code == 1
    assert content["status"] == "infeasible"
    assert "missing:" in words


# The ledger.


def test_a_ledger_begins_with_the_pledges_and_keeps_the_three_sums_apart(mine: Path, said: Any) -> None:
    code, content, _ = said("ledger", mine, "show", "--at", "2025-09-01")
    assert code == 0
    (total,) = content["totals"]
    assert (total["committed"], total["allocated"], total["delivered"]) == (24, 18, 6)
    assert [line["id"] for line in content["lines"]] == ["p1"]
    assert [task["id"] for task in content["tasks"]] == ["a1"]
    assert [(row["line"], row["days_late"], row["outstanding"]) for row in content["overdue"]] == [
        ("p1", 31, 18)
    ]


def test_the_scenario_may_stand_before_or_after_what_is_asked(mine: Path, said: Any) -> None:
    answers = [
        said("ledger", *order, "--at", "2025-09-01")[1] for order in (["show", mine], [mine, "show"], [mine])
    ]
    assert answers[0] == answers[1] == answers[2]


def test_a_packaged_scenario_is_shown_and_never_written(
    said: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code, content, _ = said("ledger", "tiny", "--at", "2025-09-01")
    assert (code, content["ledger"], len(content["lines"])) == (0, False, 1)
    for arguments in (["init", "tiny"], ["add", "tiny", "--line", "p1", "--kind", "note"]):
        assert _guarded(["ledger", *arguments]) == 2
        assert "egide new" in capsys.readouterr().err
    assert not (example_folder("tiny") / "ledger.jsonl").exists()


def test_what_delay_costs_comes_from_the_run(mine: Path, run: Path, said: Any) -> None:
    """A day of delay of the pledge costs what a day of each of its lots does."""
    _, content, _ = said("ledger", mine, "--at", "2025-09-01", "--run", run)
    lots = json.loads((run / "outlook.json").read_text())["lots"]
    expected = sum(lot["value_per_day_of_delay"] for lot in lots if lot["id"] in ("lot-1", "lot-2"))
    assert content["overdue"][0]["value_per_day"] == pytest.approx(expected)
    assert content["overdue"][0]["cost"] == pytest.approx(31 * expected)


def test_an_event_is_added_by_options_or_json_and_the_past_stays(mine: Path, said: Any) -> None:
    before = (mine / "ledger.jsonl").read_bytes()
    by_options = [
        "--line",
        "p1",
        "--kind",
        "delivered",
        "--quantity",
        "6",
        "--on",
        "2025-07-20",
        "--at",
        "2025-07-21",
    ]
    assert _guarded(["ledger", "add", str(mine), *by_options]) == 0
    as_json = '{"line": "p1", "kind": "delivered", "quantity": 2, "on": "2025-07-25"}'
    assert _guarded(["ledger", "add", str(mine), as_json, "--at", "2025-07-26", "--source", "ally"]) == 0
    assert (mine / "ledger.jsonl").read_bytes().startswith(before)
    assert said("ledger", mine, "--at", "2025-07-31")[1]["lines"][0]["delivered"] == 14
    assert said("ledger", mine, "--at", "2025-07-22")[1]["lines"][0]["delivered"] == 12
    assert said("ledger", mine, "--at", "2025-07-10")[1]["lines"][0]["delivered"] == 6


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (["--line", "p1", "--kind", "delivered", "--quantity", "600"], "exceeds"),
        (["--line", "p1", "--kind", "delivered", "--quantity", "-3"], "negative"),
        (["--line", "p9", "--kind", "delivered", "--quantity", "3"], "before the step it needs"),
        (
            ["--line", "p9", "--kind", "pledged", "--quantity", "3", "--partner", "allly"],
            "did you mean 'ally'",
        ),
        (
            ["--line", "p9", "--kind", "pledged", "--quantity", "3", "--item", "no-such-round"],
            "no known item",
        ),
        (["--line", "p1", "--kind", "note", "--money", "5", "--currency", "pounds"], "ISO 4217"),
        (['{"line": "p1", "kind": "delivered", "quantity": 1.5}'], "whole number"),
        (["{not json"], "not JSON"),
        (
            ["--line", "p1", "--kind", "delivered", "--quantity", "1", "--on", "2025-04-01"],
            "before an earlier step",
        ),
        (["--line", "p1", "--kind", "note", "--at", "2025-01-01"], "record in order of time"),
        (["--line", "p1", "--kind", "note", "--at", "soon"], "write a day"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    mine: Path, fields: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (mine / "ledger.jsonl").read_bytes()
    at = [] if "--at" in fields else ["--at", "2025-07-10"]
    assert _guarded(["ledger", "add", str(mine), *fields, *at]) == 2
    assert words in capsys.readouterr().err
    assert (mine / "ledger.jsonl").read_bytes() == before


def test_a_currency_without_a_rate_is_named_and_one_with_a_rate_is_summed(mine: Path, said: Any) -> None:
    funded = ["--line", "p1", "--kind", "pledged", "--quantity", "1", "--money", "100", "--at", "2025-07-10"]
    assert _guarded(["ledger", "add", str(mine), *funded, "--currency", "GBP"]) == 0
    assert said("ledger", mine)[1]["totals"][0]["committed_eur"] == pytest.approx(117.0)
    before = (mine / "ledger.jsonl").read_bytes()
    code, _, words = said("ledger", "add", mine, *funded, "--currency", "SEK")
    assert code == 2
    assert "SEK" in words
    assert "currencies.csv" in words
    assert (mine / "ledger.jsonl").read_bytes() == before


def test_an_edited_or_cut_ledger_is_found_and_its_sound_part_goes_on(mine: Path, said: Any) -> None:
    path = mine / "ledger.jsonl"
    assert said("ledger", mine, "verify")[0] == 0
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"quantity":18', b'"quantity":17'))
    code, content, _ = said("ledger", "verify", mine)
    assert (code, content["intact"], content["damaged_line"]) == (1, 1, 2)
    path.write_bytes(whole[:-20])
    assert said("ledger", "verify", mine)[1]["intact"] == 4
    code, content, words = said("ledger", "show", mine)  # what comes before the damage can still be read
    assert (code, content["damaged_line"], [line["id"] for line in content["lines"]]) == (1, 5, ["p1"])
    assert "--mend" in words
    code, content, _ = said("ledger", "verify", mine, "--mend")
    assert Path(content["kept_as"]).read_bytes() == whole[:-20]
    assert said("ledger", "verify", mine)[1]["intact"] == 4


def test_shortages_of_a_run_become_requirements_once_and_are_matched(
    mine: Path, run: Path, said: Any
) -> None:
    arguments = ("ledger", "add", mine, "--from-run", "--run", run, "--at", "2025-07-11")
    code, content, _ = said(*arguments)
    assert code == 0
    assert content["recorded"] == ["need-rbs-70-bolide.1"]
    assert said(*arguments)[1]["recorded"] == []
    event = json.loads((mine / "ledger.jsonl").read_text().splitlines()[-1])["event"]
    outlook = json.loads((run / "outlook.json").read_text())
    lacking = next(i["balance"]["missing_rounds"] for i in outlook["items"] if i["item"] == "rbs-70-bolide")
    assert lacking <= event["quantity"] < lacking + 1
    assert event["run"] == json.loads((run / "run.json").read_text())["stages"]["outlook"]["key"]
    _, content, _ = said("ledger", "match", mine, "--at", "2025-07-11")
    # The 18 still owed on p1 are lots of the plan, which the outlook counts on already: only an order helps.
    assert [(row["need"], row["offer"]) for row in content["matches"]] == [
        ("need-rbs-70-bolide", "more-bolide")
    ]
    assert content["matches"][0]["quantity"] + content["unmet"][0]["quantity"] == event["quantity"]


def test_needs_of_siting_become_requirements_that_cite_their_run_and_are_matched_with_options(
    mine: Path, tmp_path: Path, said: Any
) -> None:
    out = tmp_path / "sited"
    assert _guarded(["needs", str(mine), "--seed", "7", "--out", str(out)]) == 0
    needs = json.loads((out / "needs.json").read_text())["needs"]
    assert needs
    code, content, _ = said("agenda", mine, "--run", out, "--out", tmp_path / "meeting", "--at", "2025-07-05")
    assert code == 0
    asked = [item for item in content["items"] if item["section"] == "Open needs"]
    assert {item["line"] for item in asked} >= {
        f"siting-{need['option']}-{need['requirement']}" for need in needs
    }
    arguments = ("ledger", "add", mine, "--from-run", "--run", out, "--at", "2025-07-05")
    code, content, _ = said(*arguments)
    assert (code, len(content["recorded"])) == (0, len(needs))
    assert said(*arguments)[1]["recorded"] == []
    events = [json.loads(line)["event"] for line in (mine / "ledger.jsonl").read_text().splitlines()]
    made = [event for event in events if event.get("source") == "egide needs"]
    assert [(event["item"], event["quantity"]) for event in made] == [
        (n["item"], n["quantity"]) for n in needs
    ]
    assert {event["run"] for event in made} == {
        json.loads((out / "run.json").read_text())["stages"]["needs"]["key"]
    }
    _, content, _ = said("ledger", "match", mine, "--at", "2025-07-05")
    assert {row["offer"] for row in content["matches"]} >= {need["option"] for need in needs}


def test_a_run_without_outlook_and_needs_gives_no_requirements(mine: Path, tmp_path: Path, said: Any) -> None:
    code, _, words = said("ledger", "add", mine, "--from-run", "--run", tmp_path)
    assert code == 2
    assert "egide sustain" in words
    assert "egide needs" in words


def test_a_table_is_imported_through_its_mapping_and_twice_is_once(
    mine: Path, tmp_path: Path, said: Any
) -> None:
    table, mapping = tmp_path / "pledges.csv", tmp_path / "mapping.toml"
    table.write_text("Id,Country,System,Promised,Arrived\nN1,Ally,Bolide,10,4\nN2,Home,Bursts,50,0\n")
    mapping.write_text(
        'egide_schema = 1\nname = "ours"\nsource = "ministry"\n[columns]\nline = "Id"\npartner = "Country"\n'
        'item = "System"\ncommitted = "Promised"\ndelivered = "Arrived"\n[values.partner]\nAlly = "ally"\n'
        'Home = "home"\n[values.item]\nBolide = "rbs-70-bolide"\nBursts = "burst-12-7"\n'
    )
    arguments = ("ledger", "import", mine, table, "--mapping", mapping, "--at", "2025-07-11")
    code, content, _ = said(*arguments, "--dry-run")
    assert (code, content["rows"], content["written"]) == (0, 2, False)
    assert said("ledger", "verify", mine)[1]["intact"] == 5
    assert said(*arguments)[1]["events"] == 3
    assert said(*arguments)[1]["events"] == 0
    table.write_text("Id,Land,System,Promised,Arrived\nN1,Ally,Bolide,10,4\n")
    before = (mine / "ledger.jsonl").read_bytes()
    code, _, words = said(*arguments)
    assert (code, "Country" in words) == (2, True)
    assert (mine / "ledger.jsonl").read_bytes() == before


def kiel_book(path: Path, header: list[str]) -> Path:
    """A made-up workbook in the public layout of the Kiel tracker."""
    rows = [
        {"activity_id": "DEM7", "sub_activity_id": "DEM7", "donor": "Germany", "item": "Gepard 35 mm", "item_numb": 5,
         "item_numb_deliv": 2, "measure": "Allocation", "announcement_date": "2025-06-01"},
        {"activity_id": "FRM8", "sub_activity_id": "FRM8", "donor": "France", "item": "SAMP/T battery", "item_numb": 1,
         "item_numb_deliv": ".", "measure": "Commitment", "announcement_date": "2025-06-20"},
    ]  # fmt: skip
    book = Workbook()
    sheet = book.create_sheet("Bilateral Assistance, MAIN DATA")
    sheet.append(header)
    for row in rows:
        row |= {"aid_type_general": "Military", "item_type": "Heavy weapon"}
        sheet.append([row.get(name, ".") for name in header])
    book.save(path)
    return path


KIEL_HEADER = [
    "activity_id", "sub_activity_id", "announcement_date", "donor", "aid_type_general", "explanation", "measure",
    "item_type", "item", "item_numb", "item_numb_deliv", "tot_sub_activity_value_EUR", "Source of Aid 1",
]  # fmt: skip


def test_a_workbook_in_the_layout_of_the_kiel_tracker_is_imported_and_one_with_columns_gone_is_refused(
    tmp_path: Path, said: Any
) -> None:
    folder = Path(shutil.copytree(example_folder("kyiv-2025-07-04"), tmp_path / "kyiv"))
    book = kiel_book(tmp_path / "kiel.xlsx", KIEL_HEADER[::-1])  # wherever the columns stand
    arguments = ("ledger", "import", folder, book, "--mapping", "kiel", "--at", "2025-07-05")
    assert said(*arguments)[1]["rows"] == 2
    lines = {line["id"]: line for line in said("ledger", "show", folder, "--at", "2025-07-05")[1]["lines"]}
    gepard, sampt = lines["dem7"], lines["frm8"]
    assert (gepard["partner"], gepard["item"], gepard["allocated"], gepard["delivered"]) == (
        "germany", "gepard", 5, 2,
    )  # fmt: skip
    assert (sampt["partner"], sampt["committed"], sampt["allocated"]) == ("france", 1, 0)
    before = (folder / "ledger.jsonl").read_bytes()
    kiel_book(book, [name for name in KIEL_HEADER if name not in ("donor", "item_numb")])
    code, _, words = said(*arguments)
    assert (code, "'donor'" in words, "'item_numb'" in words) == (2, True, True)
    assert (folder / "ledger.jsonl").read_bytes() == before


def test_the_brief_of_a_folder_rests_on_its_ledger_and_says_which_plan(mine: Path, said: Any) -> None:
    """What the line hands to the brief is what `egide seal` prints; a packaged scenario has no ledger."""
    sealed = said("seal", mine)[1]
    line = Line(str(mine), None, seed=7, quiet=True)
    assert line.ledger is not None
    assert line.ledger.head == sealed["ledger"]
    assert line.versions == (sealed["plan"], sealed["ledger"])
    packaged = Line("tiny", None, seed=7, quiet=True)
    assert packaged.ledger is None
    assert packaged.versions[1] == ""


# Meetings.


def test_an_agenda_speaks_of_gaps_late_lines_and_decisions_and_cites_its_versions(
    mine: Path, run: Path, tmp_path: Path, said: Any
) -> None:
    decision = [
        "--line",
        "d1",
        "--kind",
        "decision",
        "--owner",
        "home",
        "--title",
        "Who pays",
        "--due",
        "2025-07-10",
    ]
    assert _guarded(["ledger", "add", str(mine), *decision, "--at", "2025-07-05"]) == 0
    older = copy(tmp_path / "older")
    replaced(older / "lots.csv", "2025-07-21", "2025-07-14")
    out = tmp_path / "paper"
    code, content, _ = said(
        "agenda", mine, "--run", run, "--out", out, "--against", older, "--since", "2025-07-04T12:00Z"
    )
    assert code == 0
    sections = {item["section"]: item["text"] for item in reversed(content["items"])}
    assert {"Gaps", "At risk", "Decisions due", "Actions due", "Changes"} <= sections.keys()
    assert sections["Decisions due"] == "Who pays"
    assert sections["Changes"] == "lot 1 slips one week"
    stages = json.loads((run / "run.json").read_text())["stages"]
    assert content["run"] == stages["outlook"]["key"]
    assert len(content["plan"]) == 64
    markdown = (out / "agenda.md").read_text()
    assert content["plan"] in markdown
    assert content["ledger"] in markdown
    assert (out / "agenda.pdf").read_bytes().startswith(b"%PDF")
    calendar = (out / "agenda.ics").read_bytes()
    assert calendar.count(b"BEGIN:VEVENT") == 3
    assert b"DTSTART:20250711T090000Z" in calendar


def test_the_same_agenda_is_the_same_bytes(mine: Path, run: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert _guarded(["agenda", str(mine), "--run", str(run), "--out", str(tmp_path / name)]) == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_minutes_hold_what_was_decided_since_the_meeting_began(mine: Path, tmp_path: Path, said: Any) -> None:
    for number, day in (("d1", "2025-07-05"), ("d2", "2025-07-11T10:00:00Z")):
        fields = [
            "--line",
            number,
            "--kind",
            "decision",
            "--owner",
            "home",
            "--title",
            f"Title {number}",
            "--cite",
        ]
        assert _guarded(["ledger", "add", str(mine), *fields, "--at", day]) == 0
    out = tmp_path / "paper"
    code, content, _ = said(
        "minutes", mine, "--held", "2025-07-11T09:00Z", "--out", out, "--remark", "All agreed."
    )
    assert code == 0
    text = (out / "minutes.md").read_text()
    assert "| d2 | Title d2 | home |" in text
    assert "| d1 |" not in text
    assert "All agreed." in text
    assert content["plan"][:12] in text.split("| d2 |")[1]


# Versions.


def test_a_diff_says_each_change_with_what_it_brings_about(tmp_path: Path, said: Any) -> None:
    one, two = copy(tmp_path / "one"), copy(tmp_path / "two")
    replaced(two / "laydown.csv", "missiles,plain", "missiles,ridge")
    replaced(two / "lots.csv", "2025-09-15", "2025-10-06")
    replaced(two / "partners.csv", "Crews and decisions", "Crews")
    code, content, _ = said("diff", one, two, "--seed", "7", "--trials", "60", "--campaigns", "60")
    assert code == 0
    words = {row["change"]: row["consequences"] for row in content["changes"]}
    move = next(change for change in words if change.startswith("Short-range missiles moves"))
    assert "km" in move
    assert any("layer of effectors" in text for text in words[move])
    assert any("lot 2 slips three weeks" in change for change in words)
    partner = next(change for change in words if "contribution" in change)
    assert words[partner] == []
    assert content["together"]
    quiet = said("diff", one, two)[1]
    assert not any("leakers" in text for text in quiet["words"])


def test_a_lot_that_slips_out_of_the_outlook_makes_a_shortage_likelier(tmp_path: Path, said: Any) -> None:
    one, two = copy(tmp_path / "one"), copy(tmp_path / "two")
    for folder in (one, two):
        replaced(folder / "stocks.csv", "rbs-70-bolide,4,0", "rbs-70-bolide,60,0")
    replaced(two / "lots.csv", "2025-09-15", "2026-09-14")
    (only,) = said("diff", one, two, "--seed", "7", "--trials", "60", "--campaigns", "60")[1]["words"]
    assert only.startswith("lot 2 slips 52 weeks: shortage of rbs-70-bolide in")
    assert "rises from" in only
    assert "leakers over 26 weeks rise from" in only


def test_equal_plans_differ_in_nothing_whatever_their_layout(tmp_path: Path, said: Any) -> None:
    one, two = copy(tmp_path / "one"), copy(tmp_path / "two")
    lines = (two / "sites.csv").read_text().splitlines()
    (two / "sites.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    code, content, _ = said("diff", one, two)
    assert (code, content["words"]) == (0, ["nothing changes"])
    assert content["hashes"][0] == content["hashes"][1]
    assert said("seal", one)[1]["plan"] == said("seal", two)[1]["plan"]
    assert said("seal", one)[1]["seal"] != said("seal", two)[1]["seal"]


def test_a_change_that_cannot_stand_alone_is_judged_with_the_others(tmp_path: Path, said: Any) -> None:
    """A post on a site that another change adds."""
    one, two = copy(tmp_path / "one"), copy(tmp_path / "two")
    with (two / "sites.csv").open("a") as file:
        file.write("cape,The cape,-27.0,44.95,West\n")
    replaced(two / "laydown.csv", "missiles,plain", "missiles,cape")
    _, content, _ = said("diff", one, two)
    assert ["stands only together with other changes"] in [row["consequences"] for row in content["changes"]]
    assert content["together"]


def test_a_plan_and_a_run_folder_cannot_be_compared(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _guarded(["diff", "tiny", str(run)]) == 2
    assert "two plans or two run folders" in capsys.readouterr().err


def test_merging_takes_both_sides_and_names_what_contradicts(tmp_path: Path, said: Any) -> None:
    base, ours, theirs = (copy(tmp_path / name) for name in ("base", "ours", "theirs"))
    assert _guarded(["ledger", "init", str(base)]) == 0
    for side in (ours, theirs):
        for name in ("ledger.jsonl", "ledger.head.json"):
            shutil.copy(base / name, side / name)
    replaced(ours / "lots.csv", "2025-07-21", "2025-08-04")
    replaced(theirs / "units.csv", "Mobile fire team", "Fire team")
    assert _guarded(["ledger", "add", str(ours), "--line", "p1", "--kind", "note", "--at", "2025-07-10"]) == 0
    code, content, _ = said("merge", base, ours, theirs, "--out", tmp_path / "merged")
    assert (code, content["conflicts"]) == (0, [])
    assert "2025-08-04" in (tmp_path / "merged" / "lots.csv").read_text()
    assert "Fire team" in (tmp_path / "merged" / "units.csv").read_text()
    assert said("ledger", "verify", tmp_path / "merged")[1]["intact"] == 6
    assert _guarded(["merge", str(base), str(theirs), str(ours), "--out", str(tmp_path / "turned")]) == 0
    assert read_plan(tmp_path / "turned").files.keys() == read_plan(tmp_path / "merged").files.keys()
    assert said("seal", tmp_path / "turned")[1]["plan"] == said("seal", tmp_path / "merged")[1]["plan"]
    replaced(theirs / "lots.csv", "2025-07-21", "2025-09-01")
    code, content, _ = said("merge", base, ours, theirs, "--out", tmp_path / "torn")
    assert code == 1
    assert "lot-1" in content["conflicts"][0]
    assert "2025-07-21" in (tmp_path / "torn" / "lots.csv").read_text()


def test_a_sealed_plan_can_be_had_again_by_its_hash(mine: Path, said: Any) -> None:
    code, content, _ = said("seal", mine, "--keep")
    assert code == 0
    before = {path.name: path.read_bytes() for path in mine.glob("*.csv")}
    (mine / "lots.csv").write_text("id,item,quantity,due\n")
    again = snapshot_bytes(content["seal"][:16], mine / ".egide")
    assert {name: again[name] for name in before} == before


@pytest.mark.slow
def test_the_kyiv_scenario_ranks_forty_lots(tmp_path: Path, said: Any) -> None:
    """Sustain on the theatre: every lot once, in order, with an interval."""
    code, content, _ = said(
        "sustain", "kyiv-2025-07-04", "--seed", "7", "--out", tmp_path / "run", "--laydown", "today", "--trials", "50",
        "--campaigns", "40",
    )  # fmt: skip
    assert code == 0
    assert sorted(lot["rank"] for lot in content["lots"]) == list(range(1, 41))
    assert len(content["places"]) == 5


@pytest.mark.parametrize("verb", [["agenda"], ["minutes", "--held", "2025-07-11T09:00Z"], ["ledger", "show"]])
def test_a_run_folder_that_was_named_must_be_one(
    verb: list[str], mine: Path, said: Any, tmp_path: Path
) -> None:
    """A paper drawn up without the results that were asked for would look like one that found nothing."""
    out = [] if verb[0] == "ledger" else ["--out", str(tmp_path / "paper")]
    where = [*verb, str(mine)] if verb[0] != "minutes" else ["minutes", str(mine), *verb[1:]]
    code, _, words = said(*where, *out, "--run", tmp_path / "nowhere")
    assert code == 2
    assert "nowhere" in words
    assert "no run folder" in words
    assert not (tmp_path / "paper").exists()


def test_a_diff_names_the_folder_that_is_no_plan(mine: Path, said: Any, tmp_path: Path) -> None:
    for pair in ((mine, tmp_path / "nowhere"), (tmp_path / "nowhere", mine)):
        code, _, words = said("diff", *pair)
        assert code == 2
        assert f"'{tmp_path / 'nowhere'}': is no plan" in words


@pytest.mark.parametrize("seed", ["-1", "99999999999999999999"])
@pytest.mark.parametrize("verb", ["sustain", "deliver"])
def test_a_seed_that_cannot_be_one_is_refused_before_anything_is_computed(
    verb: str, seed: str, mine: Path, said: Any
) -> None:
    code, _, words = said(verb, mine, "--seed", seed)
    assert code == 2
    assert "--seed" in words
    assert not (mine / "run").exists()
