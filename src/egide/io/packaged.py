"""Files that travel inside the package."""

from __future__ import annotations

from pathlib import Path

PACKAGED = "packaged:"
"""Prefix of a path that names a file inside the package's data folder."""

DATA = Path(__file__).resolve().parents[1] / "data"


def example_names() -> tuple[str, ...]:
    """Names of the packaged scenarios, in order."""
    return tuple(sorted(path.parent.name for path in (DATA / "examples").glob("*/scenario.toml")))


def example_folder(name: str) -> Path:
    """Folder of a packaged scenario."""
    return DATA / "examples" / name


def resolve(path: str) -> Path:
    """Path on this machine of a plain or `packaged:` path."""
    return DATA / path.removeprefix(PACKAGED) if path.startswith(PACKAGED) else Path(path)
