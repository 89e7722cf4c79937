"""Three-way merge of plans and of ledgers: what both sides wanted, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from egide.cooperation.chain import GENESIS, ledger_bytes, read_ledger_bytes, sealed
from egide.cooperation.event import Event
from egide.cooperation.plan import (
    LEDGER_FILE,
    FieldPath,
    Fields,
    Plan,
    RecordPath,
    Table,
    content_of,
    opaque,
    same,
    same_fields,
    same_table,
    show_path,
)
from egide.cooperation.references import REFERENCES, ids_of, stem, targets_of, tokens
from egide.errors import InputError

UNIQUE: Final[Mapping[str, tuple[str, ...]]] = {"laydown": ("site",)}
"""Columns whose values may stand once in a table: one unit stands on one site."""


@dataclass(frozen=True)
class Conflict:
    """Something both sides changed, differently; the merged plan keeps what stood before."""

    file: str
    record: RecordPath
    field: FieldPath
    base: object
    ours: object
    theirs: object
    reason: str

    def __str__(self) -> str:
        place = show_path(self.record, self.field)
        where = f"{self.file}: {place}" if place else self.file
        sides = f"was {_shown(self.base)}; ours {_shown(self.ours)}; theirs {_shown(self.theirs)}"
        return f"{where}: {self.reason}: {sides}"


@dataclass(frozen=True)
class Merge:
    """A merged plan and the conflicts somebody must settle; none means it is whole."""

    plan: Plan
    conflicts: tuple[Conflict, ...]


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Table):
        return "a file"
    if isinstance(value, Mapping):
        return (
            ", ".join(f"{'.'.join(path)} {item!r}" for path, item in sorted(value.items()))
            or "an empty record"
        )
    return repr(value)


def merge(base: Plan, ours: Plan, theirs: Plan) -> Merge:
    """Merge what two sides made of one plan.

    Merging is the same whichever side is called ours, conflicts' sides apart. A change of only one side is
    taken; the same change of both is taken once. What contradicts is left as it was and reported: a field set
    to two values, a record removed here and changed there, a site given to two units, a reference to
    something the other side removed.

    Parameters
    ----------
    base, ours, theirs : Plan
        The common version, and what each side has now.
    """
    conflicts: list[Conflict] = []
    files: dict[str, Table] = {}
    for name in sorted({*base.files, *ours.files, *theirs.files}):
        table = _file(name, base.files.get(name), ours.files.get(name), theirs.files.get(name), conflicts)
        if table is not None:
            files[name] = table
    merged = Plan(files)
    for _ in range(1 + sum(len(table.records) for table in merged.files.values())):
        found = [*_clashes(merged, base, ours, theirs), *_dangling(merged, base, ours, theirs)]
        new = [conflict for conflict in found if conflict not in conflicts]
        if not new:
            break
        conflicts += new
        merged = _put_back(merged, base, new)
    order = sorted(
        conflicts, key=lambda conflict: (conflict.file, conflict.record, conflict.field, conflict.reason)
    )
    return Merge(merged, tuple(order))


def _file(
    name: str, base: Table | None, ours: Table | None, theirs: Table | None, conflicts: list[Conflict]
) -> Table | None:
    if same_table(ours, theirs) or same_table(theirs, base):
        return ours
    if same_table(ours, base):
        return theirs
    if ours is None or theirs is None:
        conflicts.append(
            Conflict(name, (), (), base, ours, theirs, "one side removed the file, the other changed it")
        )
        return base
    if ours.kind != theirs.kind or (base is not None and base.kind != ours.kind):
        conflicts.append(Conflict(name, (), (), base, ours, theirs, "the file changed its format"))
        return base
    if name.rsplit("/", 1)[-1] == LEDGER_FILE:
        return _ledger_file(name, base, ours, theirs, conflicts)
    was: Mapping[RecordPath, Fields] = base.records if base is not None else {}
    records: dict[RecordPath, Fields] = {}
    for record in sorted({*was, *ours.records, *theirs.records}):
        fields = _record(
            name, record, was.get(record), ours.records.get(record), theirs.records.get(record), conflicts
        )
        if fields is not None:
            records[record] = fields
    columns = tuple(
        dict.fromkeys([*(base.columns if base else ()), *sorted({*ours.columns, *theirs.columns})])
    )
    return Table(ours.kind, records, columns)


def _ledger_file(
    name: str, base: Table | None, ours: Table, theirs: Table, conflicts: list[Conflict]
) -> Table | None:
    """Merge two versions of the plan's ledger by its own rule."""
    try:
        sides = [read_ledger_bytes(content_of(side), name) for side in (ours, theirs)]
        return opaque(ledger_bytes(merge_ledgers(*sides)))
    except InputError as error:
        conflicts.append(Conflict(name, (), (), base, ours, theirs, error.problems[0].remedy))
        return base


def _record(
    name: str, record: RecordPath, base: Fields | None, ours: Fields | None, theirs: Fields | None,
    conflicts: list[Conflict],
) -> Fields | None:  # fmt: skip
    if same_fields(ours, theirs) or same_fields(theirs, base):
        return ours
    if same_fields(ours, base):
        return theirs
    if ours is None or theirs is None:
        conflicts.append(
            Conflict(name, record, (), base, ours, theirs, "one side removed it, the other changed it")
        )
        return base
    if base is None:
        conflicts.append(Conflict(name, record, (), base, ours, theirs, "both sides added it, differently"))
        return base
    fields: dict[FieldPath, object] = {}
    for path in sorted({*base, *ours, *theirs}):
        was, mine, yours = base.get(path), ours.get(path), theirs.get(path)
        if same(mine, yours) or same(yours, was):
            value = mine
        elif same(mine, was):
            value = yours
        else:
            conflicts.append(
                Conflict(name, record, path, was, mine, yours, "both sides changed it, differently")
            )
            value = was
        if value is not None:
            fields[path] = value
    return fields


def _clashes(merged: Plan, base: Plan, ours: Plan, theirs: Plan) -> Iterable[Conflict]:
    """Values that may stand once and stand twice only because both sides were put together."""
    for name, table in merged.files.items():
        for column in UNIQUE.get(stem(name), ()):
            holders: dict[object, list[RecordPath]] = {}
            for record, fields in table.records.items():
                if (column,) in fields:
                    holders.setdefault(fields[column,], []).append(record)
            for value, records in sorted(holders.items(), key=lambda entry: str(entry[0])):
                if len(records) > 1 and not _stands_twice(name, column, value, ours, theirs):
                    reason = f"{value!r} was given to {' and '.join(show_path(record) for record in records)}"
                    for record in records:
                        yield _conflict(name, record, base, ours, theirs, reason)


def _stands_twice(name: str, column: str, value: object, *sides: Plan) -> bool:
    """Whether one side already has it twice: then it is that side's doing, for `check` to find."""
    for side in sides:
        table = side.files.get(name)
        if table and sum(same(fields.get((column,)), value) for fields in table.records.values()) > 1:
            return True
    return False


def _dangling(merged: Plan, base: Plan, ours: Plan, theirs: Plan) -> Iterable[Conflict]:
    """References to what one side removed while the other came to rely on it."""
    present, before = ids_of(merged), [ids_of(side) for side in (base, ours, theirs)]
    for name, table in merged.files.items():
        for record, fields in table.records.items():
            for path, value in fields.items():
                for target in targets_of(stem(name), path, REFERENCES):
                    for token in tokens(value):
                        gone = token not in present.get(target, ()) and any(
                            token in ids.get(target, ()) for ids in before
                        )
                        if gone and not any(
                            _refers_anyway(side, name, record, path, token, target) for side in (ours, theirs)
                        ):
                            reason = f"names {token!r}, which the other side removed"
                            yield _conflict(name, record, base, ours, theirs, reason)


def _refers_anyway(
    side: Plan, name: str, record: RecordPath, path: FieldPath, token: str, target: str
) -> bool:
    """Whether one side alone has the reference without its target."""
    table = side.files.get(name)
    fields = table.records.get(record, {}) if table else {}
    return token in tokens(fields.get(path)) and token not in ids_of(side).get(target, ())


def _conflict(name: str, record: RecordPath, base: Plan, ours: Plan, theirs: Plan, reason: str) -> Conflict:
    was, mine, yours = (
        side.files[name].records.get(record) if name in side.files else None for side in (base, ours, theirs)
    )
    return Conflict(name, record, (), was, mine, yours, reason)


def _put_back(merged: Plan, base: Plan, conflicts: Sequence[Conflict]) -> Plan:
    """Leave records in conflict as they stood before; one that did not exist is left out."""
    files = dict(merged.files)
    for conflict in conflicts:
        records = dict(files[conflict.file].records)
        old = base.files[conflict.file].records.get(conflict.record) if conflict.file in base.files else None
        if old is None:
            records.pop(conflict.record, None)
        else:
            records[conflict.record] = old
        table = files[conflict.file]
        files[conflict.file] = Table(table.kind, records, table.columns)
    return Plan(files)


def merge_ledgers(ours: Sequence[Event], theirs: Sequence[Event]) -> tuple[Event, ...]:
    """Merge two ledgers that share a beginning: it stays, and what either added follows in order of record.

    No event is lost and none is changed, but those after the fork are chained anew, so their hashes change.

    Raises
    ------
    InputError
        When the ledgers share no beginning, or one event id says two things.
    """
    if ours and theirs and ours[0] != theirs[0]:
        raise InputError.one(
            "ledger", "hash", theirs[0].hash, "the two ledgers share no event; they are not versions of one"
        )
    fork = 0
    while fork < min(len(ours), len(theirs)) and ours[fork] == theirs[fork]:
        fork += 1
    added: dict[str, Event] = {}
    for event in (*ours[fork:], *theirs[fork:]):
        plain = event._replace(previous="", hash="")
        if added.setdefault(event.id, plain) != plain:
            raise InputError.one(
                "ledger", "id", event.id, "says two things in the two ledgers; give one of them another id"
            )
    tail = sorted(added.values(), key=lambda event: (event.at, event.id))
    previous = ours[fork - 1].hash if fork else GENESIS
    return (*ours[:fork], *sealed(tail, previous))
