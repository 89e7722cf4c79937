"""The ledger as a file: append-only JSON lines, their head beside them, one writer at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from egide.cooperation.chain import GENESIS, Head, LedgerDamage, head_of, ledger_bytes, read_ledger_bytes
from egide.cooperation.event import Event
from egide.cooperation.ledger import Ledger, admit, replay
from egide.errors import InputError
from egide.io.atomic import write_bytes, write_text


def head_path(path: Path) -> Path:
    """Where the head of a ledger's file is kept: `ledger.jsonl` has `ledger.head.json`."""
    return path.with_name(f"{path.stem}.head.json")


def read_events(path: str | Path) -> tuple[Event, ...]:
    """Read a ledger's events, verifying the chain and the head; a file that is absent is an empty ledger.

    Raises
    ------
    LedgerDamage
        With the line where the damage begins and the intact events before it.
    InputError
        When the file or its head cannot be read.
    """
    file = Path(path)
    try:
        content = file.read_bytes() if file.exists() else b""
    except OSError as error:
        raise InputError.one(file.name, "(file)", None, f"cannot be read: {error.strerror}") from None
    return read_ledger_bytes(content, file.name, read_head(file))


def read_ledger(path: str | Path) -> Ledger:
    """Read a ledger and derive its state; see `read_events` for what may be wrong."""
    return replay(read_events(path))


def read_head(path: Path) -> Head | None:
    """Head kept beside a ledger's file; None when there is none."""
    beside = head_path(path)
    if not beside.exists():
        return None
    try:
        content = json.loads(beside.read_bytes())
        head = Head(content["count"], content["hash"])
    except (KeyError, TypeError, ValueError):
        head = Head(-1, "")
    if not isinstance(head.count, int) or head.count < 0 or not isinstance(head.hash, str):
        remedy = "is no head of a ledger; compare the ledger with a sealed plan, then delete this file"
        raise InputError.one(beside.name, "(content)", None, remedy)
    return head


def append(
    path: str | Path,
    events: Iterable[Event],
    *,
    partners: Collection[str] | None = None,
    items: Collection[str] | None = None,
    currencies: Collection[str] | None = None,
) -> Ledger:
    """Append events to a ledger's file, all or none, and return its new state.

    The file is locked while it is read, checked and written, and the new lines are on disk before the head
    is; what stood before is never rewritten.

    Parameters
    ----------
    path : str or Path
        Made when absent.
    events, partners, items, currencies
        As `egide.cooperation.admit` takes them.

    Raises
    ------
    LedgerDamage
        When the file is damaged; nothing is appended to it.
    InputError
        With everything wrong with the new events; the file is as before.
    """
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    with _locked(file) as stream:
        stream.seek(0)
        before = replay(read_ledger_bytes(stream.read(), file.name, read_head(file)))
        after = admit(before, events, partners=partners, items=items, currencies=currencies)
        end = stream.seek(0, os.SEEK_END)
        try:
            stream.write(ledger_bytes(after.events[len(before.events) :]))
            stream.flush()
            os.fsync(stream.fileno())
        except OSError:
            # A full disk leaves half a line behind; what was there before it stays.
            stream.truncate(end)
            raise
        _write_head(file, after.events)
    return after


def write_ledger(path: str | Path, events: Iterable[Event]) -> None:
    """Write a whole sealed ledger to a new place, such as a partner's view; an existing file is refused.

    Raises
    ------
    InputError
        When the file is there already, for a ledger is only ever appended to.
    """
    file, sealed = Path(path), tuple(events)
    if file.exists() and file.stat().st_size:
        raise InputError.one(
            str(file), "path", None, "holds a ledger already; append to it, or name another place"
        )
    write_bytes(file, ledger_bytes(sealed))
    _write_head(file, sealed)


def mend(path: str | Path) -> Path | None:
    """Set a damaged file aside and go on with its intact part; None when nothing is damaged.

    Returns
    -------
    Path or None
        Where the damaged file is kept, whole, for whoever wants to look what was lost.
    """
    file = Path(path)
    try:
        read_events(file)
    except LedgerDamage as damage:
        number = 1
        while (aside := file.with_name(f"{file.name}.damaged-{number}")).exists():
            number += 1
        write_bytes(aside, file.read_bytes() if file.exists() else b"")
        write_bytes(file, ledger_bytes(damage.intact))
        _write_head(file, damage.intact)
        return aside
    return None


def _write_head(file: Path, events: tuple[Event, ...]) -> None:
    head = head_of(events)
    write_text(head_path(file), json.dumps({"count": head.count, "hash": head.hash or GENESIS}) + "\n")


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for appending with an exclusive lock that ends with the block."""
    with path.open("a+b") as stream:
        lock, unlock = _lockers()
        lock(stream)
        try:
            yield stream
        finally:
            unlock(stream)


def _lockers() -> tuple[Callable[[IO[bytes]], Any], Callable[[IO[bytes]], Any]]:
    """Lock and unlock as the operating system does it."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        locking: Any = vars(msvcrt)["locking"]
        modes: Any = vars(msvcrt)

        def at_start(stream: IO[bytes], mode: int) -> None:
            stream.seek(0)
            locking(stream.fileno(), mode, 1)

        return (
            lambda stream: at_start(stream, modes["LK_LOCK"]),
            lambda stream: at_start(stream, modes["LK_UNLCK"]),
        )
    return (
        lambda stream: fcntl.flock(stream, fcntl.LOCK_EX),
        lambda stream: fcntl.flock(stream, fcntl.LOCK_UN),
    )
