"""Plan folders: records, seals, snapshots, and writing back what people wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cooperation.strategies import plans

from egide.cooperation import Plan, apply, content_hash, diff, merge, redact, seal
from egide.errors import InputError
from egide.io.plan_files import (
    keep_snapshot,
    plan_bytes,
    plan_of_bytes,
    read_plan,
    seal_folder,
    snapshot_bytes,
    table_bytes,
    toml_content,
    toml_records,
    write_plan,
)

SCENARIO = """# A comment that must survive
egide_schema = 1
title = "Test"   # beside

[siting]
exclusion = ["s1"]

[[teams]]
id = "t1"
size = 3

[[teams]]
id = "t2"
size = 4
"""


def folder(base: Path, **files: str) -> Path:
    base.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (base / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return base


SCALARS = (
    st.integers() | st.booleans() | st.text(max_size=4) | st.floats(allow_nan=False, allow_infinity=False)
)
KEYS = st.text(st.sampled_from("ab#\\[]. "), min_size=1, max_size=3)
TREES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=2),
    lambda below: (
        st.dictionaries(KEYS, below, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "#y"]), below, max_size=2).map(
            lambda table: [{**table, "id": "one"}]
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_toml_to_records_and_back_is_identity(content: dict[str, object]) -> None:
    assert toml_content(toml_records(content)) == content


@given(plans())
def test_a_plan_written_and_read_says_the_same(plan: Plan) -> None:
    written = {name: table_bytes(name, table) for name, table in plan.files.items()}
    assert content_hash(plan_of_bytes(written)) == content_hash(plan)


@given(plans(), plans())
def test_a_diff_applied_to_files_gives_files_that_say_what_the_other_plan_says(
    before: Plan, after: Plan
) -> None:
    old = {name: table_bytes(name, table) for name, table in before.files.items()}
    made = apply(plan_of_bytes(old), diff(before, after))
    new = {name: table_bytes(name, table, old.get(name)) for name, table in made.files.items()}
    assert content_hash(plan_of_bytes(new)) == content_hash(after)


def test_order_of_rows_columns_and_layout_say_nothing(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", units__csv="id,name,x\na,A,1\nb,B,\n", s__toml="b=1\na=2\n")
    two = folder(tmp_path / "two", units__csv='name,id,x\n"B",b,\nA,a,1\n', s__toml="a = 2 # two\nb = 1\n")
    assert diff(read_plan(one), read_plan(two)) == ()
    assert content_hash(read_plan(one)) == content_hash(read_plan(two))
    assert seal_folder(one) != seal_folder(two)


def test_comments_and_layout_survive_a_merge(tmp_path: Path) -> None:
    base = folder(tmp_path / "base", scenario__toml=SCENARIO, units__csv="id,name\na,A\n")
    ours = folder(
        tmp_path / "ours",
        scenario__toml=SCENARIO.replace("size = 3", "size = 5"),
        units__csv="id,name\na,A\n",
    )
    theirs = folder(
        tmp_path / "theirs", scenario__toml=SCENARIO.replace('"Test"', '"New"'), units__csv="name,id\nA,a\n"
    )
    merged = merge(read_plan(base), read_plan(ours), read_plan(theirs))
    assert not merged.conflicts
    write_plan(merged.plan, tmp_path / "merged", like=base)
    text = (tmp_path / "merged" / "scenario.toml").read_text(encoding="utf-8")
    assert text == SCENARIO.replace("size = 3", "size = 5").replace('"Test"', '"New"')
    assert (tmp_path / "merged" / "units.csv").read_text(encoding="utf-8") == "id,name\na,A\n"


def test_results_and_hidden_files_are_no_part_of_a_plan(tmp_path: Path) -> None:
    root = folder(tmp_path, scenario__toml="a = 1\n")
    before = seal_folder(root)
    for name in ("run", "kyiv-run", ".egide", "__pycache__"):
        folder(root / name, x__csv="id\n1\n")
    folder(root, **{"ledger.head__json": "{}"})
    assert seal_folder(root) == before
    folder(root / "tables", units__csv="id\na\n")
    assert list(seal_folder(root).files) == ["scenario.toml", "tables/units.csv"]


def test_a_snapshot_gives_the_plan_back_by_its_hash(tmp_path: Path) -> None:
    root = folder(tmp_path / "plan", scenario__toml="a = 1\n", units__csv="id\na\n")
    first = keep_snapshot(root)
    content = plan_bytes(root)
    folder(root, scenario__toml="a = 2\n")
    second = keep_snapshot(root)
    assert first.hash != second.hash
    assert snapshot_bytes(first.hash, root / ".egide") == content
    assert snapshot_bytes(first.hash[:10], root / ".egide") == content
    assert seal(snapshot_bytes(second.hash, root / ".egide")) == second == seal_folder(root)
    with pytest.raises(InputError):
        snapshot_bytes("", root / ".egide")
    with pytest.raises(InputError):
        snapshot_bytes("f" * 64, root / ".egide")


def test_an_edited_snapshot_is_found(tmp_path: Path) -> None:
    root = folder(tmp_path / "plan", scenario__toml="a = 1\n")
    kept = keep_snapshot(root, tmp_path / "store")
    (tmp_path / "store" / "objects" / kept.files["scenario.toml"]).write_bytes(b"a = 3\n")
    with pytest.raises(InputError, match="edited"):
        snapshot_bytes(kept.hash, tmp_path / "store")


def test_problems_of_all_files_come_together(tmp_path: Path) -> None:
    root = folder(
        tmp_path,
        a__csv="id,x\n1,2\n1,3\n",
        b__toml="= 1",
        c__csv="id,x\n1\n",
        d__csv="id,id\n1,2\n",
        e__csv="id,x\n,2\n",
    )
    (root / "f.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError) as caught:
        read_plan(root)
    assert {problem.file for problem in caught.value.problems} == {
        f"{n}" for n in ("a.csv", "b.toml", "c.csv", "d.csv", "e.csv", "f.csv")
    }
    with pytest.raises(InputError):
        read_plan(root / "none")


def test_two_lots_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stands twice"):
        read_plan(folder(tmp_path, lots__csv="id,quantity\nlot-7,1\nlot-7,2\n"))


def test_a_plan_in_use_is_not_overwritten(tmp_path: Path) -> None:
    root = folder(tmp_path / "plan", a__csv="id\n1\n")
    with pytest.raises(InputError):
        write_plan(read_plan(root), root)


def test_a_released_folder_is_byte_for_byte_that_of_a_plan_that_never_had_it(tmp_path: Path) -> None:
    units = "id,name,secret_note,releasable_to\nb3,Battery Three,hush,uk\nb4,Four,,\n"
    bare = "id,name,secret_note,releasable_to\nb4,Four,,\n"
    posts, bare_posts = "unit,site\nb3,s1\nb4,s2\n", "unit,site\nb4,s2\n"
    full = folder(tmp_path / "full", units__csv=units, laydown__csv=posts, scenario__toml=SCENARIO)
    never = folder(tmp_path / "never", units__csv=bare, laydown__csv=bare_posts, scenario__toml=SCENARIO)
    views = [
        write_plan(redact(read_plan(root), "fr").plan, tmp_path / f"view-{number}")
        for number, root in enumerate((full, never))
    ]
    assert views[0] == views[1]
    for path in (tmp_path / "view-0").rglob("*"):
        text = path.read_bytes()
        assert b"b3" not in text
        assert b"hush" not in text
        assert b"secret" not in text
    assert tomllib.loads((tmp_path / "view-0" / "scenario.toml").read_text())["title"] == "Test"
