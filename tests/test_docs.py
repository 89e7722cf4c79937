"""What the documentation says is so: its code runs and prints what is shown, its names exist, nothing is left out."""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App
from tools import reference_pages

import egide
from egide.io.scenario_files import TABLES
from egide.model.scenario import Scenario
from egide.model.unit import Post

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
README = ROOT / "README.md"

_BLOCK = re.compile(r"^```(?P<language>\S*)[^\n]*\n(?P<body>.*?)^```[ \t]*$", re.S | re.M)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, and what follows it directly."""

    language: str
    body: str
    line: int
    output: str | None


def blocks_of(path: Path) -> Iterator[Block]:
    """Fenced blocks; a `text` block right after a `python` block is its output."""
    text = path.read_text(encoding="utf-8")
    found = list(_BLOCK.finditer(text))
    for match, following in itertools.zip_longest(found, found[1:]):
        output = None
        if (
            following
            and following["language"] == "text"
            and not text[match.end() : following.start()].strip()
        ):
            output = following["body"]
        yield Block(match["language"], match["body"], text.count("\n", 0, match.start()) + 2, output)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def plain(text: str) -> str:
    """Text with the spaces of French typography as plain ones, which is what a page shows."""
    return text.replace("\u00a0", " ").replace("\u202f", " ").strip()


@pytest.mark.parametrize("page", [README, *PAGES], ids=name)
def test_the_code_on_a_page_runs_and_prints_what_the_page_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python blocks run in order in one fresh namespace, write no file, and print the text shown after them."""
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "page"}
    for block in (each for each in blocks_of(page) if each.language == "python"):
        printed = io.StringIO()
        # Padding puts the page's own line numbers into a traceback.
        code = compile("\n" * (block.line - 1) + block.body, str(page), "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        if block.output is not None and printed.getvalue():
            assert plain(printed.getvalue()) == plain(block.output), f"{name(page)}, line {block.line}"
    assert not list(tmp_path.iterdir()), "a page writes files"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_has_one_title_and_closes_its_blocks(page: Path) -> None:
    """Each page opens with a heading of the first level, and its fences pair up."""
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(re.findall(r"^(?:```|:::)", text, re.M)) % 2 == 0
    outside = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    assert len(re.findall(r"^# ", outside, re.M)) == 1


@pytest.mark.parametrize("page", [*reference_pages.PAGES], ids=str)
def test_the_reference_pages_say_what_the_code_says(page: str) -> None:
    """Tables of fields, verbs and names are what the code gives now; run `python -m tools.reference_pages`."""
    text = (DOCS / page).read_text(encoding="utf-8")
    expected = reference_pages.filled(text, reference_pages.PAGES[page]())
    assert text == expected, f"docs/{page} is behind the code: run `python -m tools.reference_pages`"


def subverbs(of: App) -> list[str]:
    """Names of the commands below a command."""
    return [each for each in of if not each.startswith("-")]


def test_every_verb_and_sub_verb_is_on_the_page_of_the_command_line() -> None:
    """Walked independently of the tool that writes the page: each command of the app has its own heading."""
    headings = re.findall(r"^### egide (.+)$", (DOCS / "cli.md").read_text(encoding="utf-8"), re.M)
    app = importlib.import_module("egide.app.cli").app
    expected = set()
    for verb in subverbs(app):
        expected |= {f"{verb} {below}" for below in subverbs(app[verb])} or {verb}
    assert expected <= set(headings)
    assert len(headings) == len(set(headings))


def test_every_public_name_is_on_the_page_of_names() -> None:
    """Each name of `egide.__all__` has a heading of its own and a sentence."""
    text = (DOCS / "api.md").read_text(encoding="utf-8").replace("\\_", "_")
    for public in egide.__all__:
        section = re.search(rf"^### {re.escape(public)}\n(.*?)(?=^##|\Z)", text, re.S | re.M)
        assert section, f"docs/api.md has no heading for {public}"
        words = re.sub(r"```.*?```", "", section[1], flags=re.S)
        assert re.search(r"[A-Za-z]+ [a-z]+.*\.", words), f"docs/api.md says nothing of {public}"


def test_every_field_of_every_table_is_on_the_page_of_the_scenario() -> None:
    """Each column of each CSV table, and each field of scenario.toml and of its tables, has a row under its heading."""
    text = (DOCS / "scenario.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^##+ (\S+)\n(.*?)(?=^##|\Z)", text, re.S | re.M))
    for table, noun in {**TABLES, "laydown": Post}.items():
        for field in noun.model_fields:
            assert f"\n| `{field}` | " in sections[f"{table}.csv"], f"{table}.csv: {field}"
    for field, info in Scenario.model_fields.items():
        if field in TABLES or field == "catalogue":
            continue
        assert f"\n| `{field}` | " in sections["scenario.toml"], field
        kind = reference_pages._noun_in(info.annotation)
        for inner in kind.model_fields if kind else ():
            if (field, inner) != ("laydown", "posts"):
                assert f"\n| `{inner}` | " in sections[f"[{field}]"], f"{field}.{inner}"


# --- what pages name --------------------------------------------------------------------------------------

_DOTTED = re.compile(r"\begide(?:\.[A-Za-z_]\w*)+")
_FILE = re.compile(r"\b(?:src/egide|tests|tools|benchmarks|docs)/[\w./-]*\w")
_MODULE = re.compile(r"python -m ((?:benchmarks|tools|egide)[\w.]*)")
_VERB = re.compile(r"(?:^[ ]*|`)egide ([a-z]+)(?: ([a-z]+))?", re.M)


def exists(dotted: str) -> bool:
    """Say whether a dotted name is a module, or something in one."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            item: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            fields = getattr(item, "model_fields", None) or getattr(item, "__dataclass_fields__", {})
            if part in fields:
                return True
            if not hasattr(item, part):
                return False
            item = getattr(item, part)
        return True
    return False


@pytest.mark.parametrize("page", [README, *PAGES], ids=name)
def test_a_page_names_nothing_that_is_not_there(page: Path) -> None:
    """Dotted names, files of the repository, modules to run and verbs of the command line all exist."""
    text = page.read_text(encoding="utf-8")
    missing = [dotted for dotted in sorted(set(_DOTTED.findall(text))) if not exists(dotted)]
    missing += [
        path
        for path in sorted(set(_FILE.findall(text)))
        if "_build" not in path and not (ROOT / path).exists()
    ]
    for module in sorted(set(_MODULE.findall(text))):
        if not exists(module):
            missing.append(module)
    app = importlib.import_module("egide.app.cli").app
    for verb, below in sorted(set(_VERB.findall(text))):
        # A group of verbs that takes anything itself may have any word after it.
        is_group = verb in app and subverbs(app[verb]) and app[verb].default_command is None
        if verb not in app or (is_group and below not in ("", *subverbs(app[verb]))):
            missing.append(f"egide {verb} {below}".rstrip())
    assert not missing, f"{name(page)} names what is not there: {', '.join(missing)}"


def test_every_published_case_is_on_the_page_of_claims() -> None:
    """Each file of tests/validation is named in docs/claims.md, so that no claim is added without its standing."""
    text = (DOCS / "claims.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests" / "validation").glob("test_*.py")):
        assert f"`tests/validation/{path.name}`" in text, f"docs/claims.md does not name {path.name}"


def test_every_page_is_in_the_table_of_contents() -> None:
    """Each page is named in docs/index.md, by its own name or by its folder's pattern, and each name there is a page."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    entries = [
        line.strip()
        for body in re.findall(r"^```\{toctree\}(.*?)^```", text, re.S | re.M)
        for line in body.splitlines()
        if line.strip() and not line.startswith(":")
    ]
    listed = {path for entry in entries for path in DOCS.glob(f"{entry}.md")}
    assert listed == set(PAGES) - {DOCS / "index.md"}
    for entry in entries:
        assert list(DOCS.glob(f"{entry}.md")), f"docs/index.md names {entry}, which has no page"


def test_every_packaged_data_file_has_its_terms() -> None:
    """DATA_LICENSES.md names each file under src/egide/data, and names none that is not there."""
    data = ROOT / "src" / "egide" / "data"
    files = {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()}
    files = {name for name in files if "__pycache__" not in name and not name.endswith(".py")}
    rows = (ROOT / "DATA_LICENSES.md").read_text(encoding="utf-8").splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("| `")]
    patterns = [one for cell in cells for name in re.findall(r"`([^`]+)`", cell) for one in _unbraced(name)]
    named = {pattern: {name for name in files if fnmatch(name, pattern)} for pattern in patterns}
    assert [pattern for pattern, found in named.items() if not found] == []
    assert sorted(files - set().union(*named.values())) == []


def _unbraced(name: str) -> list[str]:
    """`a{b,c}d` as `abd` and `acd`."""
    found = re.fullmatch(r"([^{]*)\{([^}]*)\}(.*)", name)
    return [found[1] + part + found[3] for part in found[2].split(",")] if found else [name]
