"""The house keeps its rules: layers, headers, unit suffixes, sizes, start-up time, no sockets."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from egide.model import catalogue_types, need, partner, place, raid, scenario, unit, weather
from egide.model.figure import Figure
from egide.units import UNIT_SUFFIXES

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "egide"
ROOMS = [path.parent for path in sorted(SOURCE.glob("*/__init__.py"))]
MODULES = sorted(SOURCE.rglob("*.py"))

LONGEST_MODULE = 430
LONGEST_FUNCTION = 75

MAY_OPEN_SOCKETS = {"io/terrain_download.py"}
"""Modules that say in their name or docstring that they speak to the network."""

COUNTS = {
    "population", "criticality", "vulnerability", "recuperability", "threat", "tier", "required_layers",
    "ready_rounds", "rounds_in_store", "reserve_rounds", "channels", "count", "waves", "order", "priority",
    "layers", "quantity", "allocated", "delivered", "egide_schema", "reported_through", "cell_factor",
    "k_factor", "raids_per_week", "production_per_week", "second_layer_value", "ballistic_value",
    "people_share", "raid_share", "alternates",
    "night_concentration", "false_alarms_per_day",
}  # fmt: skip
"""Whole numbers, ordinal scores and pure ratios, which have no unit to name."""


def nouns() -> Iterator[type[BaseModel]]:
    for module in (catalogue_types, need, partner, place, raid, scenario, unit, weather):
        for item in vars(module).values():
            if isinstance(item, type) and issubclass(item, BaseModel) and item.__module__ == module.__name__:
                yield item


def is_number(kind: object) -> bool:
    if kind in (int, float) or (isinstance(kind, type) and issubclass(kind, Figure)):
        return True
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType, tuple):
        return any(is_number(part) for part in typing.get_args(kind))
    return origin is typing.Annotated and is_number(typing.get_args(kind)[0])


def test_imports_point_down_only_and_every_room_is_placed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_opens_with_its_four_lines(room: Path) -> None:
    header = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    for word in ("Job:", "Takes:", "Gives:", "Never:"):
        assert word in header, f"{room.name}/__init__.py says no {word}"


@pytest.mark.parametrize("noun", list(nouns()), ids=lambda noun: noun.__name__)
def test_every_number_names_its_unit(noun: type[BaseModel]) -> None:
    for name, info in noun.model_fields.items():
        if not is_number(info.annotation) or name in COUNTS:
            continue
        assert any(name.endswith("_" + suffix) for suffix in UNIT_SUFFIXES), f"{noun.__name__}.{name}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_and_functions_stay_small_and_say_what_they_are(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "no module docstring"
    assert text.count("\n") <= LONGEST_MODULE
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_public_functions_say_what_they_do(module: Path) -> None:
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{module.name}: {node.name} has no docstring"


def test_no_work_is_left_for_later_in_the_text() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XXX)\b")
    for path in [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "docs").rglob("*.md"))]:
        if path != Path(__file__):
            assert not mark.search(path.read_text(encoding="utf-8")), path


def test_nothing_but_what_says_so_opens_a_socket() -> None:
    network = re.compile(
        r"^\s*(import|from)\s+(socket|urllib\.request|http\.client|requests|httpx|aiohttp)\b", re.M
    )
    for path in MODULES:
        if str(path.relative_to(SOURCE)) not in MAY_OPEN_SOCKETS:
            assert not network.search(path.read_text(encoding="utf-8")), path


def test_the_core_opens_no_file() -> None:
    opens = re.compile(r"(?<![\w.])open\(|\.read_text\(|\.write_text\(|\.read_bytes\(|\.write_bytes\(")
    for path in MODULES:
        room = path.relative_to(SOURCE).parts[0]
        if room in ("io", "store", "app", "briefing"):
            continue
        assert not opens.search(path.read_text(encoding="utf-8")), path


def test_import_and_version_load_no_heavy_library() -> None:
    heavy = ("numba", "scipy", "pandas", "rasterio", "pyproj", "matplotlib", "highspy", "pydantic")
    for code in ("import egide", "from egide.app import cli; cli._guarded(['--version'])"):
        probe = f"{code}\nimport sys; print([m for m in {heavy!r} if m in sys.modules])"
        done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
        assert done.stdout.strip().endswith("[]"), done.stdout


def test_names_of_the_public_table_all_load() -> None:
    import egide

    for name in egide.__all__:
        assert getattr(egide, name) is not None
