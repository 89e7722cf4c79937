"""The one line from a scenario to a brief, stage by stage, over a run folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from egide.app.progress import bar
from egide.app.runs import RunFolder
from egide.assessment.assess import assess
from egide.assessment.result import Assessment
from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.geo import Terrain
from egide.io.packaged import example_names
from egide.io.scenario_files import read_scenario
from egide.io.scenario_terrain import read_terrain, terrain_hash
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.simulate import RaidResult, simulate
from egide.siting.design import DefenceDesign, site
from egide.supply.sustain import Outlook, sustain

_WORDS = ("title", "summary", "country", "report_by_region")
_HELP = (
    "requirements", "partners", "pledges", "lots", "stocks", "actions", "tempo", "stores", "legs", "production", "orders",
    "currencies", "sustainment",
)  # fmt: skip
_RAID = ("command",)

TODAY, DESIGNED = "today", "designed"


def default_out(name: str) -> Path:
    """Where results go: `run` inside a scenario folder, `./NAME-run` for a packaged name."""
    if name in example_names() and not (Path(name) / "scenario.toml").is_file():
        return Path(f"{name}-run")
    return Path(name) / "run"


class Line:
    """Stages of one scenario; each is computed once, or reused from the run folder."""

    def __init__(self, name: str, out: Path | None, *, seed: int | None = None, quiet: bool = False) -> None:
        self.name = name
        self.seed = seed
        self.quiet = quiet
        self.scenario: Scenario = read_scenario(name)
        self.folder = RunFolder(out if out is not None else default_out(name))

    @cached_property
    def terrain(self) -> Terrain:
        """The elevation model the scenario names."""
        with bar("terrain", self.quiet):
            return read_terrain(self.scenario)

    @cached_property
    def coverage(self) -> Coverage:
        """Sweeps from every site; kept in memory, since they are quicker made than read."""
        terrain = self.terrain
        with bar("cover", self.quiet) as tick:
            return cover(self.scenario, terrain, tick=tick)

    def base(self, *leave_out: str) -> dict[str, Any]:
        """Hashes that every stage depends on, without the parts of the scenario it never reads."""
        return {
            "scenario": self.scenario.fingerprint("terrain", *leave_out),
            "terrain": self._terrain_key,
        }

    @cached_property
    def _terrain_key(self) -> dict[str, Any]:
        reference = self.scenario.terrain.model_dump(mode="json", exclude={"path"})
        return {"reference": reference, "content": terrain_hash(self.scenario)}

    def laydown(self, which: str) -> Laydown:
        """Laydown of a name: `today` as stated, or `designed`."""
        return self.scenario.laydown if which == TODAY else self.design.laydown

    @cached_property
    def design(self) -> DefenceDesign:
        """The defence design for this seed."""
        inputs = {**self.base(*_WORDS, *_HELP, *_RAID), "seed": self.seed}

        def compute() -> DefenceDesign:
            coverage = self.coverage
            with bar("site", self.quiet) as tick:
                return site(self.scenario, coverage, seed=self._seed, tick=tick)

        return self.folder.result("design", DefenceDesign, inputs, compute)

    @property
    def _seed(self) -> int:
        assert self.seed is not None  # verbs in which chance enters ask for it
        return self.seed

    def assessment(self, which: str) -> Assessment:
        """Assessment of a laydown."""
        laydown = self.laydown(which)
        inputs = {**self.base(*_WORDS, *_HELP, "laydown"), "laydown": laydown.model_dump(mode="json")}

        def compute() -> Assessment:
            coverage = self.coverage
            with bar(f"assess {which}", self.quiet) as tick:
                return assess(self.scenario, coverage, laydown, tick=tick)

        return self.folder.result(f"assess-{which}", Assessment, inputs, compute)

    def raids(self, which: str, raid: str | None, trials: int) -> RaidResult:
        """Simulated raid against a laydown."""
        laydown = self.laydown(which)
        raid = self.scenario.raid(raid).id
        inputs = {
            **self.base(*_WORDS, *_HELP, "laydown"), "laydown": laydown.model_dump(mode="json"),
            "raid": raid, "trials": trials, "seed": self.seed,
        }  # fmt: skip

        def compute() -> RaidResult:
            coverage = self.coverage
            with bar(f"raid on {which}", self.quiet):
                return simulate(self.scenario, coverage, laydown, seed=self._seed, trials=trials, raid=raid)

        return self.folder.result(f"raid-{which}", RaidResult, inputs, compute)

    def outlook(self, which: str, trials: int, weeks: int, campaigns: int) -> Outlook:
        """Stocks and lots over the weeks to come, for a laydown."""
        tempo = self.scenario.tempo
        raids = self.raids(which, None if tempo is None else tempo.raid, trials)
        laydown = self.laydown(which)
        inputs = {
            **self.base(*_WORDS, "laydown", "requirements", "pledges", "actions", "partners"),
            "laydown": laydown.model_dump(mode="json"), "raids": self.folder.key_of(f"raid-{which}"),
            "weeks": weeks, "campaigns": campaigns, "seed": self.seed,
        }  # fmt: skip

        def compute() -> Outlook:
            with bar("sustain", self.quiet):
                return sustain(
                    self.scenario, laydown, raids, seed=self._seed, weeks=weeks, campaigns=campaigns
                )

        return self.folder.result("outlook", Outlook, inputs, compute)

    def brief(self, trials: int, weeks: int, campaigns: int, languages: tuple[str, ...]) -> list[Path]:
        """The brief as HTML and PDF in every language asked for."""
        from egide.briefing.brief import brief  # loads the drawing library, which no other stage needs

        today, designed = self.assessment(TODAY), self.assessment(DESIGNED)
        raids_today = self.raids(TODAY, None, trials)
        raids = self.raids(DESIGNED, None, trials)
        outlook = self.outlook(DESIGNED, trials, weeks, campaigns)
        stages = ("assess-today", "assess-designed", "design", "raid-today", "raid-designed", "outlook")
        inputs = {
            "scenario": self.scenario.fingerprint("terrain"),
            "stages": [self.folder.key_of(stage) for stage in stages],
            "languages": list(languages),
        }

        def write() -> Iterator[Path]:
            coverage = self.coverage
            with bar("brief", self.quiet) as tick:
                for number, language in enumerate(languages):
                    pages = brief(
                        self.scenario, coverage, today, self.design, raids, outlook,
                        designed=designed, raids_today=raids_today, language=language,
                    )  # fmt: skip
                    for suffix in (".html", ".pdf"):
                        path = self.folder.path / f"brief-{language}{suffix}"
                        pages.write(path)
                        yield path
                    tick(number + 1, len(languages))

        return self.folder.files("brief", inputs, write)
