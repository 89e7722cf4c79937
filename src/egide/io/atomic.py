"""Write beside, then rename: a file is whole or it is not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Hand out a path beside `path`; rename it over `path` on success, remove it on failure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    beside = Path(name)
    # mkstemp makes private files; a result is as readable as any other file of the person's.
    umask = os.umask(0)
    os.umask(umask)
    beside.chmod(0o666 & ~umask)
    try:
        yield beside
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text in one piece."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes in one piece."""
    with replacing(path) as beside:
        beside.write_bytes(content)
