"""Progress of long work on standard error, and a way to stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

Tick = Callable[[int, int], None]

console = Console(stderr=True, highlight=False, soft_wrap=True)
"""Where words go; standard output is for JSON alone."""


class _Display:
    """The one display of the console; stages that run at once each have a bar on it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._progress: Progress | None = None
        self._shown = 0

    def show(self, title: str) -> tuple[Progress, TaskID]:
        """Add a bar, and start to draw when it is the first."""
        with self._lock:
            if self._progress is None:
                numbers = TextColumn("{task.completed:.0f}/{task.total:.0f}")
                self._progress = Progress(
                    TextColumn("{task.description}"),
                    BarColumn(),
                    numbers,
                    TimeElapsedColumn(),
                    console=console,
                )
                self._progress.start()
            self._shown += 1
            return self._progress, self._progress.add_task(title, total=1)

    def leave(self) -> None:
        """One bar fewer; stop drawing after the last."""
        with self._lock:
            self._shown -= 1
            if self._shown == 0 and self._progress is not None:
                self._progress.stop()
                self._progress = None


_display = _Display()


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
    progress, task = _display.show(title)

    def tick(done: int, total: int) -> None:
        progress.update(task, completed=done, total=max(total, 1))

    try:
        yield tick
        total = next(one.total for one in progress.tasks if one.id == task)
        progress.update(task, completed=total)
    finally:
        _display.leave()
