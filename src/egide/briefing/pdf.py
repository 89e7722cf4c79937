"""A brief as PDF, laid out by Typst without any font or package from outside."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from egide.briefing.canvas import width_fraction
from egide.briefing.document import Block, Document, Picture
from egide.briefing.phrases import read_resource


def to_pdf(document: Document, pictures: Mapping[str, bytes], day: date) -> bytes:
    """Lay a document out as PDF.

    Parameters
    ----------
    document : Document
    pictures : mapping of str to bytes
        Drawings by name.
    day : date
        Stands as the file's day of creation, so that the same brief is the same bytes.
    """
    import typst

    with tempfile.TemporaryDirectory(prefix="egide-brief-") as folder:
        place = Path(folder)
        (place / "main.typ").write_bytes(read_resource("briefing/brief.typ"))
        (place / "brief.json").write_text(
            json.dumps(_plain(document, pictures), ensure_ascii=False), encoding="utf-8"
        )
        for block in document.blocks:
            if isinstance(block, Picture):
                (place / _file(block)).write_bytes(pictures[block.name])
        compiled: bytes = typst.compile(
            str(place / "main.typ"),
            root=str(place),
            font_paths=[str(_fonts())],
            ignore_system_fonts=True,
            format="pdf",
            timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
        )
    return compiled


def _fonts() -> Path:
    """Folder of the sans-serif font that comes with matplotlib; Typst brings the serif one itself."""
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def _file(block: Picture) -> str:
    return f"{block.name}.{block.suffix}"


def _plain(document: Document, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    """The document as the template reads it."""
    content = {
        field.name: getattr(document, field.name) for field in fields(document) if field.name != "blocks"
    }
    return {**content, "blocks": [_plain_block(block, pictures) for block in document.blocks]}


def _plain_block(block: Block, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    content: dict[str, Any] = {"type": type(block).__name__}
    for field in fields(block):
        value = getattr(block, field.name)
        if field.name == "draw":
            continue
        content[field.name] = value
    if isinstance(block, Picture):
        content["file"] = _file(block)
        content["width_fraction"] = width_fraction(pictures[block.name])
    if content["type"] == "Answers":
        content["items"] = [
            {"question": one.question, "answer": one.answer, "sureness": one.sureness}
            for one in content["items"]
        ]
    return content
