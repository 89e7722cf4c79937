"""Everything one brief is about, with the names its readers know things by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from egide.assessment.probable_result import ProbableCoverage
from egide.assessment.result import Assessment, GapRow, LayerMap
from egide.briefing.phrases import Phrases
from egide.cooperation.ledger import Ledger
from egide.errors import InputError
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.simulate import RaidResult
from egide.raids.uncertainty_summary import RaidUncertainty
from egide.siting.design import DefenceDesign
from egide.siting.needs_result import Needs
from egide.siting.study_result import Study
from egide.supply.sustain import Outlook

MAP_HEIGHTS_M = (100.0, 1000.0)
"""Heights above ground that coverage is mapped at, or the nearest reported ones [m]."""

NOT_ASSESSED = "not assessed"
"""What an assessment says of an asset for which no footprint against ballistic missiles is entered."""

BOTH = "{} \u2192 {}"
"""Today, then as designed."""

ALL = "all"
"""Name of the row of a raid's summary that counts everything, decoys too, as bulletins do."""


@dataclass(frozen=True)
class Case:
    """Inputs and results of one brief, and its language."""

    scenario: Scenario
    today: Assessment
    designed: Assessment
    design: DefenceDesign
    raids: RaidResult
    raids_today: RaidResult | None
    outlook: Outlook
    ledger: Ledger | None
    phrases: Phrases
    needs: Needs | None = None
    study: Study | None = None
    probable: ProbableCoverage | None = None
    plan: str = ""
    """Hash of the plan [hex]; empty where nobody computed it."""
    uncertain: RaidUncertainty | None = None

    @property
    def by_region(self) -> bool:
        """Whether gaps, axes, assets and units are shown by region only."""
        return self.scenario.report_by_region

    @property
    def notional(self) -> bool:
        """Whether anything the brief rests on is invented."""
        return self.scenario.notional or self.scenario.laydown.notional or self.design.notional

    @property
    def height_m(self) -> float:
        """Reported height nearest to the one coverage was bought for [m]."""
        return self._nearest(self.design.height_agl_m)

    @property
    def height_number(self) -> int:
        """Number of that height among the reported ones."""
        return [row.height_agl_m for row in self.today.heights].index(self.height_m)

    @property
    def map_heights_m(self) -> tuple[float, ...]:
        """Heights that coverage is mapped at [m]."""
        return tuple(dict.fromkeys(self._nearest(height) for height in MAP_HEIGHTS_M))

    def _nearest(self, wanted_m: float) -> float:
        return min((row.height_agl_m for row in self.today.heights), key=lambda h: (abs(h - wanted_m), h))

    def layers(self, assessment: Assessment, height_m: float) -> LayerMap:
        """Map of an assessment at a reported height."""
        return next(item for item in assessment.maps if item.height_agl_m == height_m)

    def gaps(self, assessment: Assessment) -> dict[str, GapRow]:
        """Gaps by region at the planning height, in the assessment's order of rank."""
        return {gap.region: gap for gap in assessment.gaps if gap.height_agl_m == self.height_m}

    def regions(self) -> tuple[str, ...]:
        """Regions with a gap today or as designed: today's in order of rank, then the others."""
        return tuple(dict.fromkeys([*self.gaps(self.today), *self.gaps(self.designed)]))

    def units_by_region(self, laydown: Laydown) -> dict[str, tuple[int, int]]:
        """Posts with a sensor and posts with an effector that stand in each region."""
        counts: dict[str, tuple[int, int]] = {}
        for post in laydown.posts:
            unit, region = self.scenario.unit(post.unit), self.scenario.site(post.site).region
            sensors, effectors = counts.get(region, (0, 0))
            counts[region] = (sensors + (unit.sensor is not None), effectors + (unit.effector is not None))
        return counts

    def summary(self, raids: RaidResult, who: str = ALL) -> dict[str, float]:
        """Row of a raid's summary."""
        return next(row for row in raids.summary() if row["who"] == who)

    def region(self, name: str) -> str:
        """Name of a region; the empty one is the area as a whole."""
        return self.phrases.text(name) if name else self.phrases.say("word.whole_area")

    def asset(self, asset_id: str) -> str:
        """Name of an asset, or of its region where reports are by region."""
        asset = self.scenario.asset(asset_id)
        return self.region(asset.region) if self.by_region else self.phrases.text(asset.name)

    def unit(self, unit_id: str) -> str:
        """Name of a unit; never for a page by region."""
        return self.phrases.text(self.scenario.unit(unit_id).name or unit_id)

    def threat(self, threat_id: str) -> str:
        """Name of a threat type."""
        return self.phrases.text(self.scenario.catalogue.threat(threat_id).name)

    def item(self, item_id: str) -> str:
        """Name of anything in the catalogue; the id itself for what is not."""
        try:
            return self.phrases.text(self.scenario.catalogue.find(item_id).name)
        except InputError:
            return item_id

    def partner(self, partner_id: str | None) -> str:
        """Name of a partner; a dash for none."""
        names = {partner.id: partner.name for partner in self.scenario.partners}
        return self.phrases.text(names.get(partner_id or "", partner_id or "\u2013"))

    def partners(self, ids: Iterable[str]) -> str:
        """Names of partners in a sentence."""
        return self.phrases.listed(self.partner(one) for one in ids)

    def launch_area(self, area_id: str) -> str:
        """Name of a launch area."""
        names = {area.id: area.name for area in self.scenario.launch_areas}
        return self.phrases.text(names.get(area_id, area_id))


def footprints(words: str) -> int:
    """Entered footprints that an assessment says an asset lies under."""
    return next((int(part) for part in words.split() if part.isdigit()), 0)
