"""Files that grow over several attempts: what came is kept, and the next attempt goes on from there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from egide.errors import Cancelled, TerrainError

LONGEST_PAUSE_S: Final = 60.0
_SPOILED: Final = 2

T = TypeVar("T")


class PassingError(Exception):
    """A failure that a later attempt may not meet.

    Parameters
    ----------
    words : str
        What happened.
    pause_s : float
        How long the other side asks to be left alone [s].
    spoiled : bool
        Whether all of the file came and it was wrong.
    """

    def __init__(self, words: str, *, pause_s: float = 0.0, spoiled: bool = False) -> None:
        super().__init__(words)
        self.pause_s, self.spoiled = pause_s, spoiled


class Part:
    """A file on its way: the bytes so far, and the server's mark of the object that they are of."""

    def __init__(self, path: Path) -> None:
        self.content = path.with_name(path.name + ".part")
        self.mark = path.with_name(path.name + ".part.etag")

    def length(self) -> int:
        """Bytes that are here."""
        return self.content.stat().st_size if self.content.is_file() else 0

    def etag(self) -> str:
        """Mark of the object that the bytes are of; empty when it is not known."""
        return self.mark.read_text(encoding="utf-8") if self.mark.is_file() else ""

    def begin(self, etag: str) -> None:
        """Start anew, with the mark on disk before the first byte."""
        self.drop()
        self.mark.write_text(etag, encoding="utf-8")

    def drop(self) -> None:
        """Forget what came."""
        self.content.unlink(missing_ok=True)
        self.mark.unlink(missing_ok=True)

    def finish(self, path: Path) -> None:
        """Give the file its name."""
        self.content.replace(path)
        self.mark.unlink(missing_ok=True)


def patiently(
    attempt: Callable[[], T], url: str, *, attempts: int, backoff_s: float, stop: threading.Event,
    part: Part | None = None,
) -> T:  # fmt: skip
    """Try until it succeeds, with pauses that double.

    Parameters
    ----------
    attempt : callable
        Raises `PassingError` when it is worth trying again.
    url : str
        Named in the error.
    attempts : int
        Failures in a row, without a byte gained, after which it is given up.
    backoff_s : float
        First pause [s].
    stop : threading.Event
        Set by whoever wants all work to end.
    part : Part, optional
        Where the bytes gained are counted.

    Raises
    ------
    TerrainError
        After too many failures that gained nothing, or two files that came whole and wrong.
    Cancelled
        When stopped during a pause.
    """
    failures = spoiled = 0
    while True:
        before = part.length() if part else 0
        try:
            return attempt()
        except PassingError as broken:
            here = part.length() if part else 0
            failures = 1 if here > before else failures + 1
            spoiled += broken.spoiled
            if failures >= attempts or spoiled >= _SPOILED:
                kept = f"; {here} bytes are kept and it goes on when it is run again" if here else ""
                raise TerrainError(
                    f"{url}: {broken}; given up after {max(failures, spoiled)} attempts{kept}"
                ) from None
            # The pause is capped also where the server asks for more: a person is waiting.
            pause_s = min(max(backoff_s * 2.0 ** (failures - 1), broken.pause_s), LONGEST_PAUSE_S)
        if stop.wait(pause_s):
            raise Cancelled("stopped")
