"""What a brief is made of, before it becomes HTML or PDF: plain blocks of text already in one language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

TextKind = Literal["body", "note", "caution", "lead"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 opens a section, level 2 a part of it."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    kind: TextKind = "body"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short statements."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Key numbers in a row, each with what it counts."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the five questions on the first page."""

    question: str
    answer: str
    sureness: str
    """How sure the answer is, and what it leaves out."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The questions of the first page, in order."""

    sure_label: str
    items: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose cells are already words."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    """One letter a column: `l` for words, `r` for numbers."""
    widths: tuple[float, ...]
    """Relative widths of the columns."""
    note: str = ""

    def __post_init__(self) -> None:
        sizes = {len(self.head), len(self.align), len(self.widths), *(len(row) for row in self.rows)}
        if len(sizes) != 1:
            raise ValueError(f"table {self.caption!r} has rows of different lengths: {sorted(sizes)}")


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its words."""

    name: str
    """Name of the drawing; the same in both files."""
    suffix: Literal["png", "svg"]
    draw: Callable[[], bytes]
    """Draws it; called once for a brief, whatever it is written as."""
    caption: str
    alt: str
    """What it shows, for those who cannot see it."""


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows starts on a new page."""


Block = Heading | Text | Bullets | Figures | Answers | Table | Picture | PageBreak


@dataclass(frozen=True, slots=True)
class Document:
    """A whole brief in one language."""

    language: str
    title: str
    subtitle: str
    banner: str
    """Said at the head of every page; empty only when the scenario is not notional."""
    footer: str
    """Said at the foot of every page."""
    page_word: str
    blocks: tuple[Block, ...]
