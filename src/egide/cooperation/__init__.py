"""Cooperation: who brings what, what was decided, on which version of the plan.

Job: an append-only ledger of promises and deliveries, agendas and minutes, plan versions, releasable views.
Takes: events, plain plans, results' plain values and the date they are asked for.
Gives: the ledger's state, agendas, diffs and merges, redacted plans.
Never: invents a commitment, opens a file, reads the clock.
"""

from egide.cooperation.agenda import Agenda, AgendaItem, agenda
from egide.cooperation.chain import Head, LedgerDamage, ledger_bytes, read_ledger_bytes, sealed
from egide.cooperation.corrections import Disagreement
from egide.cooperation.diff import Change, apply, changes_by_record, diff
from egide.cooperation.event import KINDS, PROMISES, STAGES, Event, event_from
from egide.cooperation.icalendar import CalendarEntry, calendar_text, entries_of, entries_of_actions
from egide.cooperation.late import Late, at_risk, overdue
from egide.cooperation.ledger import Ledger, admit, replay
from egide.cooperation.line import Line
from egide.cooperation.match import Match, Matching, Need, Offer, match, open_needs, open_offers
from egide.cooperation.merge import Conflict, Merge, merge, merge_ledgers
from egide.cooperation.minutes import Minutes, minutes_markdown, minutes_typst
from egide.cooperation.plan import Plan, Seal, Table, content_hash, seal
from egide.cooperation.pledges import (
    PledgeRow,
    action_events,
    pledge_events,
    requirement_events,
    rows_of_pledges,
)
from egide.cooperation.release import Redaction, redact, redact_ledger
from egide.cooperation.task import Task
from egide.cooperation.totals import Total, totals
from egide.cooperation.words import describe, people_words, sentence, shortage_words

__all__ = [
    "KINDS", "PROMISES", "STAGES", "Agenda", "AgendaItem", "CalendarEntry", "Change", "Conflict",
    "Disagreement", "Event", "Head", "Late", "Ledger", "LedgerDamage", "Line", "Match", "Matching",
    "Merge", "Minutes", "Need", "Offer", "Plan", "PledgeRow", "Redaction", "Seal", "Table", "Task",
    "Total", "action_events", "admit", "agenda", "apply", "at_risk", "calendar_text", "changes_by_record", "content_hash",
    "describe", "diff", "entries_of",
    "entries_of_actions", "event_from", "ledger_bytes", "match", "merge", "merge_ledgers",
    "minutes_markdown", "minutes_typst", "open_needs", "open_offers", "overdue", "people_words",
    "pledge_events", "read_ledger_bytes", "redact", "redact_ledger", "replay", "requirement_events",
    "rows_of_pledges", "seal", "sealed", "sentence", "shortage_words", "totals",
]  # fmt: skip
