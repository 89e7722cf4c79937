"""The verb `brief`: one document for people, as HTML or PDF, in English or French."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from egide._version import __version__
from egide.assessment.probable_result import ProbableCoverage
from egide.assessment.result import Assessment
from egide.briefing.case import Case
from egide.briefing.coverage_pages import coverage_pages
from egide.briefing.document import Block, Document, PageBreak, Picture
from egide.briefing.front import front_page
from egide.briefing.ground import Ground, ground_of
from egide.briefing.html import to_html
from egide.briefing.limits import limits
from egide.briefing.pdf import to_pdf
from egide.briefing.phrases import read_phrases
from egide.briefing.raid_pages import raid_pages
from egide.briefing.siting_pages import siting_pages
from egide.briefing.situation import situation
from egide.briefing.supply_pages import help_pages, supply_pages
from egide.cooperation.ledger import Ledger
from egide.coverage.result import Coverage
from egide.errors import InputError, Problem
from egide.model.scenario import Scenario
from egide.raids.simulate import RaidResult
from egide.raids.uncertainty_summary import RaidUncertainty
from egide.siting.design import DefenceDesign
from egide.siting.needs_result import Needs
from egide.siting.study_result import Study
from egide.supply.sustain import Outlook

SUFFIXES = (".html", ".pdf")
"""Files a brief is written as."""


@dataclass(frozen=True)
class Brief:
    """A brief in one language; its figures are drawn once, whatever it is written as."""

    case: Case

    @cached_property
    def _ground(self) -> Ground:
        return ground_of(self.case.scenario, self.case.today.frame)

    @cached_property
    def document(self) -> Document:
        """Title, banner and blocks, before they become a file."""
        case, say = self.case, self.case.phrases.say
        blocks: list[Block] = [
            *front_page(case),
            PageBreak(),
            *situation(case, self._ground),
            PageBreak(),
            *coverage_pages(case, self._ground),
            *siting_pages(case),
            *raid_pages(case),
            *supply_pages(case),
            *help_pages(case),
            PageBreak(),
            *limits(case),
        ]
        return Document(
            language=case.phrases.language,
            title=case.phrases.text(case.scenario.title),
            subtitle=say("brief.subtitle", day=case.phrases.day(case.scenario.day)),
            banner=say("banner.page") if case.notional else "",
            footer=say(
                "brief.footer",
                version=__version__,
                name=case.scenario.name,
                hash=case.scenario.fingerprint()[:12],
            ),
            page_word=say("brief.page"),
            blocks=tuple(blocks),
        )

    @cached_property
    def pictures(self) -> dict[str, bytes]:
        """Drawings by name."""
        return {block.name: block.draw() for block in self.document.blocks if isinstance(block, Picture)}

    def to_html(self) -> str:
        """One self-contained HTML page: images inside, nothing asked of the network."""
        return to_html(self.document, self.pictures, self.case.phrases.say("brief.contents"))

    def to_pdf(self) -> bytes:
        """A PDF; the same inputs give the same bytes."""
        return to_pdf(self.document, self.pictures, self.case.scenario.day)

    def write(self, path: str | Path) -> Path:
        """Write the brief, as HTML or PDF by the suffix of `path`.

        Parameters
        ----------
        path : str or Path
            Ends in `.html` or `.pdf`; folders above it are made. The file is whole or it is not there.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        InputError
            For another suffix; nothing is drawn or written then.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            remedy = f"ends in {suffix or 'nothing'}; name a file that ends in {' or '.join(SUFFIXES)}"
            raise InputError.one("brief", "path", str(path), remedy)
        _replace(path, self.to_html().encode("utf-8") if suffix == ".html" else self.to_pdf())
        return path


def brief(
    scenario: Scenario,
    coverage: Coverage,
    today: Assessment,
    design: DefenceDesign,
    raids: RaidResult,
    outlook: Outlook,
    *,
    designed: Assessment | None = None,
    raids_today: RaidResult | None = None,
    ledger: Ledger | None = None,
    needs: Needs | None = None,
    study: Study | None = None,
    probable: ProbableCoverage | None = None,
    uncertain: RaidUncertainty | None = None,
    plan: str = "",
    language: str = "en",
) -> Brief:
    """Put the results of the whole line together for people.

    Parameters
    ----------
    scenario, coverage
        What the results were made from.
    today : Assessment
        Of the laydown that the scenario states.
    design : DefenceDesign
        From `site`.
    raids : RaidResult
        Of the designed laydown.
    outlook : Outlook
        From `sustain` on the designed laydown.
    designed : Assessment, optional
        Of the designed laydown; assessed from `coverage` where it is not given.
    raids_today : RaidResult, optional
        Of the stated laydown, under the same seed, to be set beside `raids`.
    ledger : Ledger, optional
        Lines of help are read from it; without it from the scenario's pledges.
    needs : Needs, optional
        From `needs`: what could be added to meet the requirements.
    study : Study, optional
        From `study`: how the design moves with what was assumed.
    probable : ProbableCoverage, optional
        Of the stated laydown: how far its coverage hangs on the terrain's error and on refraction.
    uncertain : RaidUncertainty, optional
        From `uncertain_raid` on both laydowns: what ignorance about the inputs adds to chance in the raid.
    plan : str
        Hash of the plan, as `egide seal` prints it, to be printed with that of the ledger.
    language : str
        `en` or `fr`.

    Returns
    -------
    Brief

    Raises
    ------
    InputError
        For another language, or when results do not belong to this scenario or to each other; all at once.
    """
    phrases = read_phrases(language)
    _check(scenario, today, designed, raids, raids_today, outlook)
    if designed is None:
        from egide.assessment.assess import assess  # brings the kernels, which pages do without

        designed = assess(scenario, coverage, design.laydown)
    return Brief(
        Case(
            scenario, today, designed, design, raids, raids_today, outlook, ledger, phrases, needs, study, probable,
            plan, uncertain=uncertain,
        )
    )  # fmt: skip


def _check(
    scenario: Scenario, today: Assessment, designed: Assessment | None, raids: RaidResult,
    raids_today: RaidResult | None, outlook: Outlook,
) -> None:  # fmt: skip
    """Refuse results that cannot stand in one brief."""
    problems = []
    assets = {asset.id for asset in scenario.assets}
    for name, result in (("today", today), ("designed", designed)):
        if result is not None and {row.id for row in result.assets} != assets:
            problems.append(
                Problem("brief", name, None, "assesses other assets than the scenario's; assess it again")
            )
    if designed is not None and [r.height_agl_m for r in designed.heights] != [
        r.height_agl_m for r in today.heights
    ]:
        problems.append(Problem("brief", "designed", None, "reports other heights than today's assessment"))
    known = {raid.id for raid in scenario.raids}
    for name, one in (("raids", raids), ("raids_today", raids_today)):
        if one is not None and (one.raid not in known or not set(one.targets) <= assets):
            problems.append(
                Problem("brief", name, one.raid, "is no raid of this scenario; simulate it again")
            )
    if raids_today is not None and (raids_today.raid, raids_today.types) != (raids.raid, raids.types):
        problems.append(
            Problem("brief", "raids_today", raids_today.raid, "is another raid than that of raids")
        )
    if outlook.raid not in known:
        problems.append(
            Problem("brief", "outlook", outlook.raid, "rests on no raid of this scenario; sustain it again")
        )
    if problems:
        raise InputError(problems)


def _replace(path: Path, content: bytes) -> None:
    """Write beside, then rename, with the rights any new file gets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        umask = os.umask(0)
        os.umask(umask)
        beside.chmod(0o666 & ~umask)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
