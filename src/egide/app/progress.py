"""Progress of long work on standard error, and a way to stop it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Tick = Callable[[int, int], None]

console = Console(stderr=True, highlight=False, soft_wrap=True)
"""Where words go; standard output is for JSON alone."""


def _still(_done: int, _total: int) -> None:
    """Move nothing: there is no terminal to draw on."""


@contextmanager
def bar(title: str, quiet: bool = False) -> Iterator[Tick]:
    """Show a bar while the block runs; hand out the function that moves it."""
    if quiet or not console.is_terminal:
        began = time.perf_counter()
        yield _still
        if not quiet:
            console.print(f"{title}: done in {time.perf_counter() - began:.1f} s")
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task(title, total=1)

        def tick(done: int, total: int) -> None:
            progress.update(task, completed=done, total=max(total, 1))

        yield tick
        progress.update(task, completed=progress.tasks[0].total)
