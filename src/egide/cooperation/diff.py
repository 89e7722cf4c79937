"""What changed between two plans, record by record; applying it gives the second plan back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from egide.cooperation.plan import (
    FieldPath,
    Fields,
    Plan,
    RecordPath,
    Table,
    same,
    same_fields,
    same_table,
    show_path,
)
from egide.errors import InputError, Problem


@dataclass(frozen=True)
class Change:
    """One change: a file or a record added or removed as a whole, or one field set."""

    file: str
    kind: Literal["file added", "file removed", "added", "removed", "changed"]
    record: RecordPath = ()
    field: FieldPath = ()
    """Field that changed; empty for whole files and records"""
    before: object = None
    """`Table`, mapping of fields, or value; None when there was none"""
    after: object = None
    """`Table`, mapping of fields, or value; None when there is none any more"""

    @property
    def where(self) -> str:
        """Where it is, for people."""
        place = show_path(self.record, self.field)
        return f"{self.file}: {place}" if place else self.file


def diff(before: Plan, after: Plan) -> tuple[Change, ...]:
    """Every change from one plan to another, in order of file, record and field.

    `apply(before, diff(before, after)) == after`, and equal plans have no change.
    """
    changes: list[Change] = []
    for name in sorted({*before.files, *after.files}):
        old, new = before.files.get(name), after.files.get(name)
        if same_table(old, new):
            continue
        if old is None or new is None or old.kind != new.kind:
            if old is not None:
                changes.append(Change(name, "file removed", before=old))
            if new is not None:
                changes.append(Change(name, "file added", after=new))
            continue
        changes += _of_table(name, old, new)
    return tuple(changes)


def _of_table(name: str, old: Table, new: Table) -> list[Change]:
    changes = []
    for record in sorted({*old.records, *new.records}):
        was, becomes = old.records.get(record), new.records.get(record)
        if was is None:
            changes.append(Change(name, "added", record, after=becomes))
        elif becomes is None:
            changes.append(Change(name, "removed", record, before=was))
        else:
            for path in sorted({*was, *becomes}):
                if path not in was or path not in becomes or not same(was[path], becomes[path]):
                    changes.append(Change(name, "changed", record, path, was.get(path), becomes.get(path)))
    return changes


def apply(plan: Plan, changes: Iterable[Change]) -> Plan:
    """Return the plan with changes made.

    Raises
    ------
    InputError
        Where the plan is not what a change says it was before, all gathered: merge instead.
    """
    files = dict(plan.files)
    problems: list[Problem] = []
    for change in changes:
        if not _fits(files, change):
            remedy = f"is not what the change started from; merge instead of applying ({change.kind})"
            problems.append(Problem(change.file, show_path(change.record, change.field), None, remedy))
            continue
        if change.kind == "file removed":
            del files[change.file]
        elif isinstance(change.after, Table):
            files[change.file] = change.after
        else:
            files[change.file] = _with_record(files[change.file], change)
    if problems:
        raise InputError(problems)
    return Plan(files)


def _fits(files: Mapping[str, Table], change: Change) -> bool:
    table = files.get(change.file)
    if change.kind == "file added":
        return table is None
    if change.kind == "file removed":
        return isinstance(change.before, Table) and same_table(table, change.before)
    if table is None:
        return False
    fields = table.records.get(change.record)
    if change.kind == "added":
        return fields is None
    if change.kind == "removed":
        return isinstance(change.before, Mapping) and same_fields(fields, change.before)
    return fields is not None and same(fields.get(change.field), change.before)


def _with_record(table: Table, change: Change) -> Table:
    records = dict(table.records)
    if change.kind == "removed":
        del records[change.record]
    elif isinstance(change.after, Mapping) and change.kind == "added":
        records[change.record] = dict(change.after)
    else:
        fields = dict(records[change.record])
        if change.after is None:
            del fields[change.field]
        else:
            fields[change.field] = change.after
        records[change.record] = fields
    return Table(table.kind, records, table.columns)


def changes_by_record(changes: Iterable[Change]) -> tuple[tuple[Change, ...], ...]:
    """Group changes that belong to one record, in order; each group can be applied and judged by itself."""
    groups: dict[tuple[str, RecordPath], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.file, change.record), []).append(change)
    return tuple(tuple(group) for group in groups.values())


def fields_of(value: object) -> Fields:
    """Fields of an added or removed record; empty for anything else."""
    return value if isinstance(value, Mapping) else {}
