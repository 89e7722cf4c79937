"""Catalogue files: the packaged ones, a person's own over them, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from egide.errors import InputError
from egide.io.catalogue_files import FILE, read_catalogue, write_catalogue

MINE = """
egide_schema = 1

[[interceptors]]
id = "my-round"
name = "My round"
maker = "Me"
speed_mps = { value = 500, note = "for the test" }

[[effectors]]
id = "nasams"
interceptor = "my-round"
max_range_m = { value = 30000, note = "for the test" }
"""


def problems(*paths: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_catalogue(paths)
    return [str(problem) for problem in caught.value.problems]


def test_the_packaged_catalogue_reads_the_same_twice() -> None:
    assert read_catalogue() == read_catalogue(())
    assert len(read_catalogue().rows()) > 80


def test_a_written_catalogue_is_read_back_unchanged_and_alone(tmp_path: Path) -> None:
    catalogue = read_catalogue()
    write_catalogue(catalogue, tmp_path / "new")
    assert read_catalogue(tmp_path / "new") == catalogue
    assert [path.name for path in (tmp_path / "new").iterdir()] == [FILE]
    smaller = catalogue.model_copy(update={"threats": catalogue.threats[:1], "passive_measures": ()})
    write_catalogue(smaller, tmp_path / "new")
    assert read_catalogue(tmp_path / "new") == smaller


def test_an_own_file_adds_and_overrides_field_by_field(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE, encoding="utf-8")
    before = read_catalogue()
    for given in (path, tmp_path, [path], str(path)):
        after = read_catalogue(given)
        assert after.interceptor("my-round").speed_mps.value == 500
        assert after.effector("nasams").max_range_m.value == 30_000
        kept = {"interceptor": "aim-120", "max_range_m": before.effector("nasams").max_range_m}
        assert after.effector("nasams").model_copy(update=kept) == before.effector("nasams")
        assert len(after.rows()) == len(before.rows()) + 1


def test_what_is_wrong_in_several_files_is_shown_together_with_their_names(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(MINE.replace("500", "-500"), encoding="utf-8")
    (tmp_path / "b.toml").write_text('egide_schema = 1\nnote = "hello"\n', encoding="utf-8")
    (tmp_path / "c.toml").write_bytes(b"egide_schema = 1\n# \xe9t\xe9\n")
    (tmp_path / "d.toml").write_text("egide_schema = 99\n", encoding="utf-8")
    (tmp_path / "e.toml").write_text("egide_schema = [\n", encoding="utf-8")
    (tmp_path / "f.toml").write_text('egide_schema = 1\nsensors = "none"\nstandalone = 2\n', encoding="utf-8")
    found = problems(tmp_path, tmp_path / "absent.toml")
    for words in (
        "a.toml: interceptors[0].speed_mps",
        "b.toml: note",
        "c.toml: (encoding)",
        "d.toml: egide_schema = 99: is newer",
        "e.toml: (syntax)",
        "[[sensors]]",
        "f.toml: standalone",
        "absent.toml: path",
    ):
        assert any(words in text for text in found), words
    assert len(found) == 8


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    assert "holds no .toml file" in problems(tmp_path)[0]


def test_an_override_that_breaks_the_whole_names_the_file_it_stands_in(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'egide_schema = 1\n[[effectors]]\nid = "nasams"\ninterceptor = "aim-12"\n', encoding="utf-8"
    )
    (text,) = problems(path)
    assert "mine.toml: effectors[0].interceptor" in text
    assert "aim-120" in text
