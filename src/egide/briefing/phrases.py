"""Phrases of one language, and how that language writes numbers, dates and lists."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files

from egide.errors import InputError

LANGUAGES = ("en", "fr")
"""Languages a brief is written in."""


@dataclass(frozen=True)
class Phrases:
    """One language: its phrases by dotted key, the texts it knows to translate, and its numbers."""

    language: str
    table: Mapping[str, str]
    """Phrases by dotted key."""
    texts: Mapping[str, str]
    """A scenario's or catalogue's own words, where a translation of exactly these words is known."""
    months: tuple[str, ...]
    short_months: tuple[str, ...]

    def say(self, key: str, **values: object) -> str:
        """Phrase of a key with its values filled in; KeyError for an unknown key."""
        return self.table[key].format(**values)

    def counted(self, key: str, count: int, **values: object) -> str:
        """Phrase of `key.one` or `key.many`, as the count asks in this language."""
        single = count == 1 if self.language == "en" else abs(count) < 2
        return self.say(f"{key}.{'one' if single else 'many'}", n=self.number(count), **values)

    def text(self, words: str) -> str:
        """A scenario's own words in this language where they are known, else as they stand."""
        return self.texts.get(words, words)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with thousands parted and `digits` decimals."""
        shown = f"{value:,.{digits}f}"
        if float(shown.replace(",", "")) == 0.0:
            shown = shown.removeprefix("-")
        shown = shown.replace("-", "\u2212")
        if self.language == "fr":
            shown = shown.translate({ord(","): "\u202f", ord("."): ","})
        return shown

    def measured(self, value: float) -> str:
        """A mean with as many decimals as a reader needs: none from 100 on, two below 1."""
        size = abs(value)
        return self.number(value, 0 if size >= 99.95 or size == 0.0 else 1 if size >= 0.995 else 2)

    def percent(self, fraction: float, digits: int = 0) -> str:
        """A share as per cent; one that would round to none or all says so with a sign."""
        gap = "\u00a0" if self.language == "fr" else ""
        least, hundred = 10.0**-digits, 100.0 * fraction
        rounded = float(f"{hundred:.{digits}f}")
        if rounded == 0.0 and fraction > 0.0:
            return f"<\u00a0{self.number(least, digits)}{gap}%"
        if rounded == 100.0 and fraction < 1.0:
            return f">\u00a0{self.number(100.0 - least, digits)}{gap}%"
        return f"{self.number(hundred, digits)}{gap}%"

    def of(self, part: float, whole: float) -> str:
        """A part of a whole, in millions from a million on, with the share the two make."""
        if whole <= 0:
            return self.millions(part)
        return f"{self.millions(part)} ({self.percent(part / whole)})"

    def millions(self, value: float) -> str:
        """People in millions from a million on, else in full."""
        if abs(value) >= 1e6:
            return self.say("unit.million", n=self.number(value / 1e6, 1))
        return self.number(value)

    def height(self, height_m: float) -> str:
        """A height above ground."""
        return f"{self.number(height_m)}\u00a0m"

    def minutes(self, seconds: float | None) -> str:
        """A time in minutes, or in seconds when it is short."""
        if seconds is None:
            return self.say("warning.none")
        if seconds < 99.5:
            return f"{self.number(seconds)}\u00a0s"
        return f"{self.number(seconds / 60.0)}\u00a0min"

    def day(self, value: date) -> str:
        """A date in words."""
        month = self.months[value.month - 1]
        first = self.language == "fr" and value.day == 1
        return f"{value.day}{'er' if first else ''}\u00a0{month} {value.year}"

    def short_day(self, value: date) -> str:
        """A date for a table."""
        return f"{value.day}\u00a0{self.short_months[value.month - 1]}\u00a0{value.year}"

    def moment(self, value: datetime) -> str:
        """A moment in UTC, which bulletins and scenarios count in."""
        utc = value.astimezone(UTC)
        return f"{self.day(utc.date())}, {utc:%H:%M}\u00a0UTC"

    def listed(self, parts: Iterable[str]) -> str:
        """Parts as a list in a sentence."""
        items = list(parts)
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.table['word.and']} {items[-1]}"


def read_phrases(language: str) -> Phrases:
    """Phrases of a language.

    Raises
    ------
    InputError
        When there are none for it.
    """
    if language not in LANGUAGES:
        remedy = f"is not a language of the brief; choose one of {', '.join(LANGUAGES)}"
        raise InputError.one("brief", "language", language, remedy)
    content = tomllib.loads(_typeset(_resource(f"{language}.toml").decode("utf-8"), language))
    texts = content.pop("texts", {})
    months, short_months = tuple(content.pop("months")), tuple(content.pop("short_months"))
    return Phrases(language, dict(_flat(content, "")), texts, months, short_months)


def read_resource(name: str) -> bytes:
    """Bytes of a file of the package's `data` folder."""
    return files("egide").joinpath("data", *name.split("/")).read_bytes()


def _typeset(text: str, language: str) -> str:
    """Keep French double signs on the line of the word they follow."""
    if language == "fr":
        text = re.sub(r"(?<=\S) (?=[:;?!»%])", "\u00a0", text).replace("« ", "«\u00a0")
    return text


def _resource(name: str) -> bytes:
    return read_resource(f"briefing/{name}")


def _flat(tree: Mapping[str, object], prefix: str) -> Iterable[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
