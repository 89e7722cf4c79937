"""The view of a plan that one partner may have: redacted first, so that all derived from it is redacted too.

Everything else (coverage, totals, diffs, hashes) is computed again from the redacted plan, because a coverage
raster betrays a hidden battery without any withheld byte. A view is therefore the same, byte for byte, as the
view of a plan that never had what is withheld.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from egide.cooperation.chain import ledger_bytes, read_ledger_bytes, sealed
from egide.cooperation.event import REFERRING, TASKS, Event
from egide.cooperation.plan import LEDGER_FILE, Fields, Plan, RecordPath, Table, content_of, opaque
from egide.cooperation.references import REFERENCES, id_of, table_of, targets_of, tokens, without
from egide.errors import InputError

_RELEASE: Final = ("releasable_to",)
_TITLES: Final = (("name",), ("title",))
_LISTS: Final = frozenset(("with_partners", "exclusion"))
"""References a record can lose one of without falling itself."""

_LINES: Final = ("pledges", "lots", "actions", "requirements")
"""Tables whose ids are lines of the ledger."""

_HAS_LETTER: Final = re.compile(r"[^\W\d_]")
"""Figures and ids of figures alone are told apart from texts: no `12` is looked for in `12.5`."""


@dataclass(frozen=True)
class Redaction:
    """A partner's view, and for the releaser alone what was taken out of it."""

    plan: Plan
    withheld: Mapping[str, tuple[str, ...]]
    """Ids withheld, by table, what hangs on withheld records included; ledger lines under `ledger`"""
    blanked: tuple[str, ...]
    """Texts emptied because they mention something withheld"""


def visible_to(releasable_to: Collection[str], partner: str) -> bool:
    """Tell whether a partner may see something; an empty list means everybody may."""
    return not releasable_to or partner in releasable_to


def redact(
    plan: Plan,
    partner: str,
    *,
    opaque_files: Collection[str] = (),
    references: Mapping[str, tuple[str, ...]] = REFERENCES,
    versions: Mapping[str, str] | None = None,
) -> Redaction:
    """Redact a plan for one partner.

    A record is withheld when its `releasable_to` names partners and not this one. With it go the records that
    refer to it (the post of a withheld unit, the lot of a withheld pledge, the raid group against a withheld
    asset), and theirs in turn. Texts that mention the id or name of what is withheld are emptied. Of
    `releasable_to` itself only the partner's own name is left. Opaque files are left out unless named,
    because nobody has read what is inside; the ledger is redacted line by line and chained anew.

    Parameters
    ----------
    plan : Plan
    partner : str
        Id of the partner the view is for.
    opaque_files : collection of str
        Paths of opaque files to hand over as they are.
    references : mapping, optional
        Columns that name records of other tables.
    versions : mapping of str to str, optional
        Hash of the partner's view for the hash of each full plan or run that the ledger cites; a citation
        without one is left out.

    Raises
    ------
    InputError
        For an opaque file that is not in the plan, and a ledger that cannot be trusted.
    """
    unknown = sorted(set(opaque_files) - set(plan.files))
    if unknown:
        raise InputError.one("redact", "opaque_files", unknown[0], "is not a file of the plan")
    events = _ledger_events(plan)
    hidden = _restricted_lines(events, partner)
    gone = _withheld_records(plan, partner, references, hidden)
    ids, words = _withheld_words(plan, gone)
    hidden = _hidden_lines(events, partner, ids)
    mention = _mentioning(words | hidden)
    blanked: list[str] = []
    files: dict[str, Table] = {}
    for name, table in plan.files.items():
        if name.rsplit("/", 1)[-1] == LEDGER_FILE:
            kept = redact_ledger(events, partner, mention=mention, gone=ids, versions=versions)
            files[name] = opaque(ledger_bytes(kept))
        elif table.kind != "opaque":
            files[name] = _redacted_table(
                name, table, partner, gone.get(name, set()), ids, mention, references, blanked
            )
        elif name in opaque_files:
            files[name] = table
    shown = {table: tuple(sorted(found)) for table, found in sorted(ids.items()) if found}
    if hidden:
        shown["ledger"] = tuple(sorted(hidden))
    return Redaction(Plan(files), shown, tuple(sorted(blanked)))


def _withheld_records(
    plan: Plan, partner: str, references: Mapping[str, tuple[str, ...]], hidden: Collection[str]
) -> dict[str, set[RecordPath]]:
    """Records to take out, by file, until nothing left refers to any of them.

    A row of help whose line the ledger hides is hidden with it.
    """
    gone: dict[str, set[RecordPath]] = {name: set() for name in plan.files}
    gone_ids: dict[str, set[str]] = {}
    while True:
        more = False
        for name, table in plan.files.items():
            if table.kind == "opaque":
                continue
            for record, fields in table.records.items():
                if record in gone[name] or record == ():
                    continue
                own, number = table_of(name, record), id_of(name, table, record)
                if (
                    visible_to(tokens(fields.get(_RELEASE)), partner)
                    and not (own in _LINES and number in hidden)
                    and not _inside(record, gone[name])
                    and not _hangs_on(own, fields, gone_ids, references)
                ):
                    continue
                gone[name].add(record)
                more = True
                gone_ids.setdefault(own, set()).add(number)
        if not more:
            return gone


def _inside(record: RecordPath, gone: Collection[RecordPath]) -> bool:
    return any(record[:depth] in gone for depth in range(1, len(record)))


def _hangs_on(
    table: str,
    fields: Fields,
    gone_ids: Mapping[str, Collection[str]],
    references: Mapping[str, tuple[str, ...]],
) -> bool:
    for path, value in fields.items():
        if path[-1] in _LISTS:
            continue
        for target in targets_of(table, path, references):
            if any(token in gone_ids.get(target, ()) for token in tokens(value)):
                return True
    return False


def _withheld_words(
    plan: Plan, gone: Mapping[str, Collection[RecordPath]]
) -> tuple[dict[str, set[str]], set[str]]:
    """Ids withheld by table; and the ids and names that no text left may mention."""
    ids: dict[str, set[str]] = {}
    words: set[str] = set()
    kept_words: set[str] = set()
    for name, table in plan.files.items():
        if table.kind == "opaque":
            continue
        for record, fields in table.records.items():
            found = id_of(name, table, record)
            titles = {str(fields[path]) for path in _TITLES if path in fields}
            if record in gone[name]:
                ids.setdefault(table_of(name, record), set()).add(found)
                words |= {found} | titles
            else:
                kept_words |= {found} | titles
    # An id that something visible carries too is not a secret by itself.
    words = {word for word in words - kept_words if _HAS_LETTER.search(word)}
    return {table: found - {""} for table, found in ids.items()}, words


def _mentioning(words: Collection[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    any_word = "|".join(map(re.escape, longest_first))
    # An id goes on over hyphens and inner dots, so `b-3` is not found in `b-33`, `lot-b-3` or `b-3.1`.
    return re.compile(rf"(?<![\w-])(?<!\w\.)(?:{any_word})(?![\w-]|\.\w)", re.IGNORECASE)


def _redacted_table(
    name: str, table: Table, partner: str, gone: Collection[RecordPath], ids: Mapping[str, set[str]],
    mention: re.Pattern[str] | None, references: Mapping[str, tuple[str, ...]], blanked: list[str],
) -> Table:  # fmt: skip
    records: dict[RecordPath, Fields] = {}
    for record, fields in table.records.items():
        if record in gone:
            continue
        kept: dict[tuple[str, ...], object] = {}
        for path, value in fields.items():
            if path == _RELEASE:
                kept[path] = partner if isinstance(value, str) else [partner]
                continue
            targets = targets_of(table_of(name, record), path, references)
            lost = [
                token for token in tokens(value) if any(token in ids.get(target, ()) for target in targets)
            ]
            left = without(value, lost) if lost else value
            if not targets and path != ("id",) and mention is not None and _mentions(left, mention):
                blanked.append(f"{name}: {id_of(name, table, record)}.{'.'.join(path)}")
                left = "" if isinstance(left, str) else []
            if not (table.kind == "csv" and left == ""):
                kept[path] = left
        records[record] = kept
    # A column that only withheld rows filled would tell of them.
    used = {path[0] for fields in records.values() for path in fields if path}
    columns = tuple(column for column in table.columns if column in used) if records else table.columns
    return Table(table.kind, records, columns)


def _mentions(value: object, mention: re.Pattern[str]) -> bool:
    """Whether a text, or any text of a list, mentions something withheld."""
    texts = value if isinstance(value, list) else [value]
    return any(isinstance(text, str) and mention.search(text) is not None for text in texts)


def _ledger_events(plan: Plan) -> tuple[Event, ...]:
    for name, table in plan.files.items():
        if name.rsplit("/", 1)[-1] == LEDGER_FILE:
            return read_ledger_bytes(content_of(table), name)
    return ()


def redact_ledger(
    events: Iterable[Event],
    partner: str,
    *,
    mention: re.Pattern[str] | None = None,
    gone: Mapping[str, Collection[str]] | None = None,
    versions: Mapping[str, str] | None = None,
) -> tuple[Event, ...]:
    """Redact a ledger for one partner: whole lines, event ids numbered anew, a chain of its own.

    Parameters
    ----------
    events : iterable of Event
    partner : str
    mention : re.Pattern, optional
        Texts it finds something in are emptied.
    gone : mapping of str to collection of str, optional
        Withheld ids by table of the plan; a line for a withheld place loses its place, a line whose id is a
        withheld pledge or lot is withheld.
    versions : mapping of str to str, optional
        Hash of the partner's view for the hash of each full plan or run.

    Returns
    -------
    tuple of Event
        Sealed; what was never to be seen leaves no gap in ids or hashes.
    """
    all_events = tuple(events)
    taken = gone or {}
    hidden = _hidden_lines(all_events, partner, taken)
    numbers: dict[str, str] = {}
    kept = []
    for event in all_events:
        if event.line in hidden or (event.kind in REFERRING and event.refers_to not in numbers):
            continue
        numbers.setdefault(event.id, f"e{len(numbers) + 1}")
        kept.append(_redacted_event(event, partner, mention, taken, numbers, hidden, versions or {}))
    return sealed(kept)


def _restricted_lines(events: Iterable[Event], partner: str) -> set[str]:
    """Lines whose last stated release leaves the partner out."""
    stated = {event.line: event.releasable_to for event in events if event.releasable_to}
    return {line for line, to in stated.items() if not visible_to(to, partner)}


def _hidden_lines(events: Sequence[Event], partner: str, gone: Mapping[str, Collection[str]]) -> set[str]:
    """Restricted lines, those of withheld rows, and the decisions and actions about any of them."""
    hidden = _restricted_lines(events, partner).union(*(gone.get(table, ()) for table in _LINES))
    return hidden | {event.line for event in events if event.kind in TASKS and event.serves in hidden}


def _redacted_event(
    event: Event, partner: str, mention: re.Pattern[str] | None, gone: Mapping[str, Collection[str]],
    numbers: Mapping[str, str], hidden: Collection[str], versions: Mapping[str, str],
) -> Event:  # fmt: skip
    def clean(text: str) -> str:
        return "" if mention is not None and mention.search(text) else text

    places = set().union(*(gone.get(table, ()) for table in ("places", "assets", "sites")))
    return event._replace(
        id=numbers[event.id],
        refers_to=numbers.get(event.refers_to, ""),
        place="" if event.place in places else event.place,
        serves="" if event.serves in hidden else event.serves,
        releasable_to=(partner,) if event.releasable_to else (),
        title=clean(event.title) or ("withheld" if event.title else ""),
        note=clean(event.note),
        evidence=clean(event.evidence),
        source=clean(event.source),
        plan=versions.get(event.plan, ""),
        run=versions.get(event.run, ""),
    )
