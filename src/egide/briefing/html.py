"""A brief as one HTML file that asks nothing of the network."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape

from egide.briefing.canvas import width_fraction
from egide.briefing.document import (
    Answers,
    Block,
    Bullets,
    Document,
    Figures,
    Heading,
    PageBreak,
    Picture,
    Table,
    Text,
)
from egide.briefing.phrases import read_resource

_MIME = {"png": "image/png", "svg": "image/svg+xml"}


def to_html(document: Document, pictures: Mapping[str, bytes], contents_word: str) -> str:
    """Lay a document out as HTML.

    Parameters
    ----------
    document : Document
    pictures : mapping of str to bytes
        Drawings by name; they are put into the file.
    contents_word : str
        Title of the list of sections.
    """
    style = read_resource("briefing/brief.css").decode("utf-8")
    body = _Body(pictures)
    parts = [body.block(block) for block in document.blocks]
    front = next((at for at, block in enumerate(document.blocks) if isinstance(block, Heading)), len(parts))
    links = "".join(
        f'<li><a href="#s{number}">{escape(title)}</a></li>'
        for number, title in enumerate(body.sections, start=1)
    )
    contents = f'<nav aria-label="{escape(contents_word)}"><ul>{links}</ul></nav>' if links else ""
    banner = f'<div class="banner" role="note">{escape(document.banner)}</div>' if document.banner else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{document.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{banner}\n"
        f'<header class="page"><h1>{escape(document.title)}</h1>\n'
        f'<p class="subtitle">{escape(document.subtitle)}</p></header>\n<main>\n'
        + "\n".join([*parts[:front], contents, *parts[front:]])
        + f'\n</main>\n<footer class="page">{escape(document.footer)}</footer>\n</body>\n</html>\n'
    )


class _Body:
    """Blocks as HTML, numbering sections on the way."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self.pictures = pictures
        self.sections: list[str] = []
        self.breaks = False

    def block(self, block: Block) -> str:
        match block:
            case Heading():
                return self._heading(block)
            case Text():
                kind = "" if block.kind == "body" else f' class="{block.kind}"'
                return f"<p{kind}>{escape(block.text)}</p>"
            case Bullets():
                return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"
            case Figures():
                cards = (f"<div><b>{escape(value)}</b> {escape(label)}</div>" for value, label in block.items)
                return f'<div class="figures">{"".join(cards)}</div>'
            case Answers():
                return _answers(block)
            case Table():
                return _table(block)
            case Picture():
                return self._picture(block)
            case PageBreak():
                self.breaks = True
                return ""

    def _heading(self, block: Heading) -> str:
        if block.level > 1:
            return f"<h3>{escape(block.text)}</h3>"
        self.sections.append(block.text)
        kind, self.breaks = ' class="break"' if self.breaks else "", False
        return f'<h2 id="s{len(self.sections)}"{kind}>{escape(block.text)}</h2>'

    def _picture(self, block: Picture) -> str:
        data = base64.b64encode(self.pictures[block.name]).decode("ascii")
        return (
            f'<figure><img src="data:{_MIME[block.suffix]};base64,{data}" alt="{escape(block.alt)}" '
            f'style="width:{100 * width_fraction(self.pictures[block.name]):.0f}%">'
            f"<figcaption>{escape(block.caption)}</figcaption></figure>"
        )


def _answers(block: Answers) -> str:
    parts = [
        f"<dt>{escape(one.question)}</dt><dd>{escape(one.answer)}</dd>"
        f'<dd class="sure"><strong>{escape(block.sure_label)}</strong> {escape(one.sureness)}</dd>'
        for one in block.items
    ]
    return '<dl class="answers">' + "\n".join(parts) + "</dl>"


def _table(block: Table) -> str:
    kind = ["" if letter == "l" else ' class="r"' for letter in block.align]
    first = block.align.find("l") if "l" in block.align else 0
    head = "".join(
        f'<th scope="col"{one}>{escape(cell)}</th>' for one, cell in zip(kind, block.head, strict=True)
    )
    lines = []
    for row in block.rows:
        cells = [
            f'<th scope="row"{one}>{escape(cell)}</th>' if at == first else f"<td{one}>{escape(cell)}</td>"
            for at, (one, cell) in enumerate(zip(kind, row, strict=True))
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    note = f'<p class="table-note">{escape(block.note)}</p>' if block.note else ""
    return (
        f'<div class="wide"><table><caption>{escape(block.caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>{note}"
    )
