"""Results go to files and come back the same; damaged files are named, and timings are never stored."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from egide.assessment.assess import assess
from egide.assessment.result import Assessment
from egide.coverage.result import Coverage
from egide.errors import InputError
from egide.io.atomic import replacing
from egide.io.result_files import read_result, write_result
from egide.model.scenario import Scenario
from egide.model.unit import Laydown, Post
from egide.raids.simulate import RaidResult, simulate
from egide.siting.design import DefenceDesign, site
from egide.supply.sustain import Outlook, sustain


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Part:
    name: str
    value: float | None


@dataclass(frozen=True)
class Whole:
    colour: Colour
    parts: tuple[Part, ...]
    pair: tuple[str, float]
    by_name: dict[str, float]
    by_height: dict[float, int]
    array: NDArray[np.float64]
    laydown: Laydown
    seconds: float


def same(a: object, b: object) -> bool:
    """Equal in every field but those that are not stored."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if dataclasses.is_dataclass(a) and not isinstance(a, type):
        return all(
            same(getattr(a, field.name), getattr(b, field.name))
            for field in dataclasses.fields(a)
            if field.name not in ("seconds", "outcome")
        )
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return a == b or (isinstance(a, float) and isinstance(b, float) and np.isnan(a) and np.isnan(b))


def test_every_kind_of_field_survives(tmp_path: Path) -> None:
    whole = Whole(
        Colour.RED, (Part("a", None), Part("b", float("inf"))), ("x", 2.0), {"k": float("nan")}, {50.0: 3},
        np.array([[1.0, np.nan], [np.inf, 0.1]]), Laydown(posts=(Post(unit="u", site="s"),)), 9.0,
    )  # fmt: skip
    write_result(whole, tmp_path / "whole")
    back = read_result(Whole, tmp_path / "whole")
    assert same(back.by_name["k"], float("nan"))
    assert same(dataclasses.replace(whole, by_name={}), dataclasses.replace(back, by_name={}))
    assert back.seconds == 0.0
    assert not back.array.flags.writeable


def test_results_of_every_stage_survive_and_are_the_same_bytes_twice(
    tiny: Scenario, tiny_coverage: Coverage, tmp_path: Path
) -> None:
    design = site(tiny, tiny_coverage, seed=7)
    raids = simulate(tiny, tiny_coverage, design.laydown, seed=7, trials=50)
    outlook = sustain(tiny, design.laydown, raids, seed=7, campaigns=40)
    for kind, result in (
        (Assessment, assess(tiny, tiny_coverage)), (DefenceDesign, design), (RaidResult, raids), (Outlook, outlook),
    ):  # fmt: skip
        first = write_result(result, tmp_path / "first")
        assert same(read_result(kind, tmp_path / "first"), result)
        second = write_result(result, tmp_path / "second")
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@dataclass(frozen=True)
class Older:
    name: str


@dataclass(frozen=True)
class Newer:
    name: str
    notes: tuple[str, ...] = ()


def test_a_result_written_before_a_field_was_there_is_read_with_its_default(tmp_path: Path) -> None:
    write_result(Older("a"), tmp_path / "result")
    assert read_result(Newer, tmp_path / "result") == Newer("a")
    write_result(Newer("b", ("c",)), tmp_path / "result")
    assert read_result(Newer, tmp_path / "result") == Newer("b", ("c",))


def test_files_of_another_result_or_half_a_file_are_named(tmp_path: Path) -> None:
    write_result(Part("a", 1.0), tmp_path / "part")
    with pytest.raises(InputError, match=r"part\.json"):
        read_result(Whole, tmp_path / "part")
    (tmp_path / "part.json").write_text('{"name"')
    with pytest.raises(InputError, match=r"part\.json"):
        read_result(Part, tmp_path / "part")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as beside:  # noqa: PT012
        beside.write_text("half")
        raise RuntimeError
    assert [p.name for p in tmp_path.iterdir()] == ["kept.txt"]
    assert path.read_text() == "old"
