"""Nightly bulletins as numbers: rows checked, classes and reporting regimes named, periods summed.

A bulletin is the defender's own statement of what was launched and what became of it. The columns are those
of the UA AirDefense Tracker's table of the daily reports of the Air Force Command of the Armed Forces of
Ukraine (Petro Ivaniuk, ODC-BY 1.0); the table itself is downloaded by whoever needs it and never shipped.
Everything computed from it describes *reported* outcomes; it neither forecasts raids nor validates the kill
chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from egide.errors import InputError, Problem
from egide.raids.hindcast_classes import class_of

REQUIRED_COLUMNS = ("time_start", "time_end", "model", "launched", "destroyed", "not_reach_goal")
"""Columns a bulletin file must have; others are read where known and otherwise left alone."""

OPTIONAL_COLUMNS = ("target", "source")
"""Columns used to recognise tactical rows and repeated lines; blank where absent."""

_COMPASS = frozenset(
    {"south", "north", "east", "west", "center", "south-east", "south-west", "north-east", "north-west"}
)


@dataclass(frozen=True, slots=True)
class Regime:
    """A period in which the bulletins counted the same way. Nothing is ever fitted across two of them."""

    name: str
    first: date
    """First night (UTC date on which its window ends)."""
    meaning: str
    """What "stopped" counts in this period."""


REGIMES = (
    Regime("kills_only", date(2022, 1, 1), "shot down; soft kills are not reported"),
    Regime("lost_separate", date(2024, 7, 10), "shot down, and lost in location in a column of its own"),
    Regime("lost_merged", date(2025, 7, 24), "shot down and suppressed in one count"),
)
"""Reporting regimes in order of time; each lasts until the next begins."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Rows or nights left out for one reason, with their number: nothing is dropped silently."""

    reason: str
    count: int
    example: str
    """The first one met, so that a person can look it up."""

    def __str__(self) -> str:
        return f"{self.count} x {self.reason} (first: {self.example})"


@dataclass(frozen=True, slots=True)
class Bulletins:
    """Checked rows of a bulletin file, one per weapon model and reporting window.

    All arrays and tuples have one entry per row kept. Times are UTC to the minute. `lost` is NaN where the
    bulletin states none; `weapon_class` is "unclassified" for a model name not met before.
    """

    file: str
    time_start: NDArray[np.datetime64]
    time_end: NDArray[np.datetime64]
    model: tuple[str, ...]
    weapon_class: tuple[str, ...]
    target: tuple[str, ...]
    source: tuple[str, ...]
    launched: NDArray[np.float64]
    destroyed: NDArray[np.float64]
    lost: NDArray[np.float64]
    set_aside: tuple[SetAside, ...]

    def __len__(self) -> int:
        return len(self.model)

    @property
    def date(self) -> NDArray[np.datetime64]:
        """UTC date on which each row's window ends: the night it belongs to."""
        return self.time_end.astype("datetime64[D]")

    @property
    def tactical(self) -> NDArray[np.bool_]:
        """Rows of a regional command about its own area; nine in ten state launched = destroyed."""
        return np.array(
            [_is_tactical(target, source) for target, source in zip(self.target, self.source, strict=True)],
            dtype=bool,
        )


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Reported totals of a query; shares are NaN when nothing was launched."""

    rows: int
    launched: int
    destroyed: int
    lost: int
    """Reported as lost or not reaching their goal; zero where not stated."""

    @property
    def destroyed_fraction(self) -> float:
        """Destroyed over launched [1], as the press quotes it."""
        return self.destroyed / self.launched if self.launched else float("nan")

    @property
    def stopped_fraction(self) -> float:
        """Destroyed plus lost over launched [1]: the one share comparable across regimes."""
        return (self.destroyed + self.lost) / self.launched if self.launched else float("nan")


def regime_of(night: date) -> int:
    """Index into `REGIMES` of the night that ends on a UTC date."""
    return max(i for i, regime in enumerate(REGIMES) if i == 0 or regime.first <= night)


def bulletins_from_table(columns: Mapping[str, Sequence[str]], file: str = "bulletins") -> Bulletins:
    """Check a table of bulletins and turn it into numbers.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Cells by column name, as written in the file; times are UTC, as the table's description states.
    file : str
        Name used in messages.

    Returns
    -------
    Bulletins
        Rows that can be used, and in `set_aside` the number of those that cannot and why.

    Raises
    ------
    InputError
        A required column is missing, columns differ in length, or no row is left.
    """
    _check_columns(columns, file)
    size = len(columns["model"])
    optional = {name: columns.get(name, [""] * size) for name in OPTIONAL_COLUMNS}
    reasons: Counter[str] = Counter()
    examples: dict[str, str] = {}
    rows: list[_Row] = []
    seen: set[tuple[str, ...]] = set()
    for i in range(size):
        cells = tuple(columns[name][i].strip() for name in REQUIRED_COLUMNS)
        rest = tuple(optional[name][i].strip() for name in OPTIONAL_COLUMNS)
        row = _read_row(cells, rest)
        if isinstance(row, _Row) and (cells + rest) in seen:
            row = "line repeated word for word, counted once"
        if isinstance(row, str):
            reasons[row] += 1
            examples.setdefault(row, f"row {i + 1}, {cells[2] or 'no model'}, ends {cells[1] or 'unstated'}")
        else:
            seen.add(cells + rest)
            rows.append(row)
    if not rows:
        told = "; ".join(f"{count} x {reason}" for reason, count in reasons.items()) or "it has no rows"
        raise InputError.one(file, "(rows)", size, f"holds no row that can be used: {told}")
    set_aside = tuple(SetAside(reason, count, examples[reason]) for reason, count in reasons.items())
    return _build(file, rows, set_aside)


def merged(first: Bulletins, second: Bulletins) -> Bulletins:
    """Rows of two files; a window that both report counts once, as the second file states it.

    Rows are matched on model, target and window: a later download may correct a count, a link or an hour. A
    file that names no target speaks of the same rows; windows are the same when they are equal, or end on one
    date and overlap by more than half of the shorter one (bulletins that follow each other overlap by an hour
    at most).
    """
    kept = np.flatnonzero(~_restated(first, second))
    return Bulletins(
        file=f"{first.file} + {second.file}",
        time_start=np.concatenate([first.time_start[kept], second.time_start]),
        time_end=np.concatenate([first.time_end[kept], second.time_end]),
        model=tuple(first.model[i] for i in kept) + second.model,
        weapon_class=tuple(first.weapon_class[i] for i in kept) + second.weapon_class,
        target=tuple(first.target[i] for i in kept) + second.target,
        source=tuple(first.source[i] for i in kept) + second.source,
        launched=np.concatenate([first.launched[kept], second.launched]),
        destroyed=np.concatenate([first.destroyed[kept], second.destroyed]),
        lost=np.concatenate([first.lost[kept], second.lost]),
        set_aside=tuple(
            SetAside(note.reason, note.count, f"{one.file}, {note.example}")
            for one in (first, second)
            for note in one.set_aside
        ),
    )


def aggregates(
    bulletins: Bulletins,
    *,
    first: date,
    last: date,
    classes: Collection[str] | None = None,
    models: Collection[str] | None = None,
) -> Aggregate:
    """Reported totals over a period, as press summaries quote them.

    Parameters
    ----------
    bulletins : Bulletins
        Checked rows; tactical rows count, as they do in the published sums.
    first, last : date
        UTC dates on which a row's window ends, both included.
    classes : collection of str, optional
        Keep rows of these classes (see `egide.raids.hindcast_classes`); all classes when absent.
    models : collection of str, optional
        Keep rows of exactly these model names; all models when absent.

    Returns
    -------
    Aggregate
        Totals and shares of what was reported, across regimes if the period crosses a break.
    """
    dates = bulletins.date
    keep = (dates >= np.datetime64(first)) & (dates <= np.datetime64(last))
    if classes is not None:
        keep &= np.array([name in classes for name in bulletins.weapon_class], dtype=bool)
    if models is not None:
        keep &= np.array([name in models for name in bulletins.model], dtype=bool)
    launched, destroyed, lost = (
        int(np.nansum(column[keep])) for column in (bulletins.launched, bulletins.destroyed, bulletins.lost)
    )
    return Aggregate(int(keep.sum()), launched, destroyed, lost)


@dataclass(frozen=True, slots=True)
class _Row:
    start: datetime
    end: datetime
    model: str
    launched: float
    destroyed: float
    lost: float
    target: str
    source: str


def _check_columns(columns: Mapping[str, Sequence[str]], file: str) -> None:
    problems = [
        Problem(file, f"column.{name}", None, "is missing; a bulletin file needs this column")
        for name in REQUIRED_COLUMNS
        if name not in columns
    ]
    if problems:
        raise InputError(problems)
    sizes = {name: len(columns[name]) for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS) if name in columns}
    if len(set(sizes.values())) > 1:
        raise InputError.one(
            file, "(columns)", sizes, "columns differ in length; give every row a cell in each"
        )


def _read_row(cells: tuple[str, ...], rest: tuple[str, ...]) -> _Row | str:
    """Read a row, or say why it is set aside."""
    start, end = _time(cells[0]), _time(cells[1])
    if start is None or end is None:
        return "window whose start or end cannot be read as a time"
    if end < start:
        return "window that ends before it starts"
    model = " ".join(cells[2].split())
    if not model:
        return "no weapon model stated"
    if not cells[3] or not cells[4]:
        return "launched or destroyed not stated"
    counts = [_count(cell) for cell in (cells[3], cells[4])]
    lost = _count(cells[5]) if cells[5] else float("nan")
    if counts[0] is None or counts[1] is None or lost is None:
        return "count that is no whole number of at least zero"
    if counts[1] > counts[0]:
        return "more destroyed than launched"
    return _Row(start, end, model, counts[0], counts[1], lost, rest[0], rest[1])


def _time(cell: str) -> datetime | None:
    """Read a time as UTC, to the minute; one with an offset is converted."""
    day, _, clock = cell.replace("T", " ").partition(" ")
    # Bulletins also write "3:30", which ISO 8601 does not.
    padded = f"{day} {clock.strip().zfill(5)}" if clock.strip().find(":") == 1 else cell
    try:
        moment = datetime.fromisoformat(padded)
    except ValueError:
        return None
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _count(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    if number != number:
        return None
    return number if number >= 0.0 and number.is_integer() and number < 1e6 else None


def _build(file: str, rows: list[_Row], set_aside: tuple[SetAside, ...]) -> Bulletins:
    return Bulletins(
        file=file,
        time_start=np.array([row.start for row in rows], dtype="datetime64[m]"),
        time_end=np.array([row.end for row in rows], dtype="datetime64[m]"),
        model=tuple(row.model for row in rows),
        weapon_class=tuple(class_of(row.model) for row in rows),
        target=tuple(row.target for row in rows),
        source=tuple(row.source for row in rows),
        launched=np.array([row.launched for row in rows]),
        destroyed=np.array([row.destroyed for row in rows]),
        lost=np.array([row.lost for row in rows]),
        set_aside=set_aside,
    )


def _is_tactical(target: str, source: str) -> bool:
    """Tell a regional command's row: its page ("pvk...") or a compass direction, not the whole country."""
    if target == "Ukraine":
        return False
    parts = [part.strip() for part in target.split(" and ")]
    return source.lower().startswith("pvk") or all(part in _COMPASS for part in parts)


def _restated(first: Bulletins, second: Bulletins) -> NDArray[np.bool_]:
    """Which rows of the first file speak of a window that the second file states too."""
    found = np.zeros(len(first), dtype=np.bool_)
    rows_of: dict[str, list[int]] = {}
    for j, model in enumerate(second.model):
        rows_of.setdefault(model, []).append(j)
    targets, date_of, second_date = np.array(second.target), first.date, second.date
    for i, model in enumerate(first.model):
        rows = np.array(rows_of.get(model, ()), dtype=np.int64)
        if first.target[i]:
            rows = rows[(targets[rows] == first.target[i]) | (targets[rows] == "")]
        start, end = second.time_start[rows], second.time_end[rows]
        same = (start == first.time_start[i]) & (end == first.time_end[i])
        shared = np.minimum(end, first.time_end[i]) - np.maximum(start, first.time_start[i])
        shorter = np.minimum(end - start, first.time_end[i] - first.time_start[i])
        moved = (
            (2 * shared > shorter) & (shorter > np.timedelta64(0, "m")) & (second_date[rows] == date_of[i])
        )
        found[i] = bool((same | moved).any())
    return found
