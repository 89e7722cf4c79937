"""The one line from a scenario to a brief, stage by stage, over a run folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from egide.app.progress import bar
from egide.app.region_names import names_by_region, renamed
from egide.app.runs import RunFolder
from egide.assessment.assess import assess
from egide.assessment.result import Assessment
from egide.coverage.cover import cover
from egide.coverage.result import Coverage
from egide.geo import Terrain
from egide.io.packaged import example_names
from egide.io.result_files import read_result
from egide.io.scenario_files import read_scenario
from egide.io.scenario_terrain import read_terrain, terrain_hash
from egide.model.scenario import Scenario
from egide.model.unit import Laydown
from egide.raids.simulate import RaidResult, simulate
from egide.siting.design import DefenceDesign, site
from egide.supply.sustain import Outlook, sustain

if TYPE_CHECKING:
    from egide.app.aside import Aside
    from egide.assessment.probable_result import ProbableCoverage
    from egide.briefing.brief import Brief
    from egide.cooperation import Ledger
    from egide.raids.uncertainty_summary import RaidUncertainty
    from egide.siting.needs_result import Needs
    from egide.siting.study_result import Study

T = TypeVar("T")

_WORDS = ("title", "summary", "country")
_HELP = (
    "requirements", "options", "partners", "pledges", "lots", "stocks", "actions", "tempo", "stores", "legs",
    "production", "orders", "currencies", "sustainment",
)  # fmt: skip
IDLE_HELP = ("requirements", "options", "partners", "pledges", "actions", "orders", "currencies")
"""Help that an outlook does not read: what was promised or could be ordered, apart from the lots of the plan."""
_RAID = ("command",)

BAND_SAMPLES, BAND_SEED = 8, 0
"""Terrains redrawn for the band of coverage; the seed is fixed, since `egide assess` asks for none."""

TODAY, DESIGNED = "today", "designed"

UNCERTAIN = "raid-uncertainty"
"""Stage that only `egide raid --uncertainty --compare` computes."""


def ordered_items(scenario: Scenario) -> list[str]:
    """Items that could be ordered: all that an outlook reads of orders."""
    return sorted({option.item for option in scenario.orders})


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
        self._held: dict[str, Any] = {}
        self._coverage: Coverage | None = None
        self._coverage_lock = threading.Lock()
        self._aside: Aside | None = None

    @cached_property
    def terrain(self) -> Terrain:
        """The elevation model the scenario names."""
        with bar("terrain", self.quiet):
            return read_terrain(self.scenario)

    @property
    def coverage(self) -> Coverage:
        """Sweeps from every site; kept in memory, since they are quicker made than read."""
        with self._coverage_lock:
            if self._coverage is None:
                terrain = self.terrain
                with bar("cover", self.quiet) as tick:
                    self._coverage = cover(self.scenario, terrain, tick=tick)
            return self._coverage

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

    def _result(self, stage: str, kind: type[T], inputs: dict[str, Any], compute: Callable[[], T]) -> T:
        """Reuse or compute a stage; in the folder, assets go by region where the scenario reports so."""
        key = self.folder.key(stage, inputs)
        if key in self._held:
            held: T = self._held[key]
            return held
        names = names_by_region(self.scenario)
        kept = self.folder.result(stage, kind, inputs, lambda: renamed(compute(), names))
        found = renamed(kept, {after: before for before, after in names.items()})
        self._held[key] = found
        return found

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

        return self._result("design", DefenceDesign, inputs, compute)

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

        return self._result(f"assess-{which}", Assessment, inputs, compute)

    def probable(self, which: str) -> ProbableCoverage:
        """How far the coverage of a laydown hangs on the terrain's error and on refraction."""
        from egide.assessment.probable import ProbableCoverage, probable_coverage

        def compute() -> ProbableCoverage:
            terrain = self.terrain
            with bar(f"band of {which}", self.quiet) as tick:
                return probable_coverage(
                    self.scenario,
                    terrain,
                    self.laydown(which),
                    seed=BAND_SEED,
                    samples=BAND_SAMPLES,
                    tick=tick,
                )

        return self._result(f"probable-{which}", ProbableCoverage, self._probable_inputs(which), compute)

    def _probable_inputs(self, which: str) -> dict[str, Any]:
        laydown = self.laydown(which).model_dump(mode="json")
        return {**self.base(*_WORDS, *_HELP, *_RAID, "laydown"), "laydown": laydown, "samples": BAND_SAMPLES}

    def kept_probable(self) -> ProbableCoverage | None:
        """The band of the stated laydown that `egide assess` left in the folder, where its inputs are the same."""
        stage = f"probable-{TODAY}"
        if not self.folder.knows(stage):
            return None
        key = self.folder.key(stage, self._probable_inputs(TODAY))
        return self.probable(TODAY) if self.folder.key_of(stage) == key else None

    @property
    def uncertain_inputs(self) -> dict[str, Any]:
        """What the uncertainty of the raid hangs on: both laydowns, and all that raids do."""
        laydowns = {which: self.laydown(which).model_dump(mode="json") for which in (TODAY, DESIGNED)}
        return {**self.base(*_WORDS, *_HELP, "laydown"), **laydowns, "seed": self.seed}

    def kept_uncertain(self) -> RaidUncertainty | None:
        """What `egide raid --uncertainty --compare` left in the folder, where its inputs are the same."""
        from egide.raids.uncertainty_summary import RaidUncertainty

        if not self.folder.knows(UNCERTAIN):
            return None
        key = self.folder.key(UNCERTAIN, self.uncertain_inputs)
        return self._kept(UNCERTAIN, RaidUncertainty) if self.folder.key_of(UNCERTAIN) == key else None

    def keep_uncertain(self, found: RaidUncertainty) -> None:
        """Leave the uncertainty of the first raid in the folder, for the brief."""
        self._result(UNCERTAIN, type(found), self.uncertain_inputs, lambda: found)

    def kept_needs(self) -> Needs | None:
        """What `egide needs` left in the folder, where it is of this scenario and seed."""
        from egide.siting.needs_result import Needs

        return self._kept("needs", Needs)

    def kept_study(self) -> Study | None:
        """What `egide study` left in the folder, where it is of this scenario and seed."""
        from egide.siting.study_result import Study

        return self._kept("study", Study)

    def _kept(self, stage: str, kind: type[T]) -> T | None:
        """Result of a stage that this line never computes of its own accord; None where it is of other inputs."""
        stem = self.folder.path / stage
        if not (self.folder.knows(stage) and stem.with_suffix(".json").is_file()):
            return None
        names = {after: before for before, after in names_by_region(self.scenario).items()}
        found: Any = renamed(read_result(kind, stem), names)
        is_same = (found.scenario_hash, found.seed) == (self._own_hash, self.seed)
        return found if is_same else None

    @cached_property
    def _own_hash(self) -> str:
        """Fingerprint of the scenario without its laydown, as results carry it."""
        return self.scenario.fingerprint("laydown")

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
            if self._aside is not None:
                self._aside.wait_until_ready()
            with bar(f"raid on {which}", self.quiet):
                return simulate(self.scenario, coverage, laydown, seed=self._seed, trials=trials, raid=raid)

        return self._result(self.raid_stage(which, raid), RaidResult, inputs, compute)

    @property
    def tempo_raid(self) -> str:
        """The raid that the tempo repeats, or the first one."""
        tempo = self.scenario.tempo
        return self.scenario.raid(None if tempo is None else tempo.raid).id

    def raid_stage(self, which: str, raid: str) -> str:
        """Stage of a raid; only raids other than the first are named in it."""
        return f"raid-{which}" if raid == self.scenario.raid().id else f"raid-{which}-{raid}"

    def outlook(self, which: str, trials: int, weeks: int, campaigns: int) -> Outlook:
        """Stocks and lots over the weeks to come, for a laydown."""
        raid = self.tempo_raid
        raids = self.raids(which, raid, trials)
        laydown = self.laydown(which)
        inputs = {
            **self.base(*_WORDS, "laydown", "requirements", "options", "pledges", "actions", "partners"),
            "laydown": laydown.model_dump(mode="json"), "raids": self.folder.key_of(self.raid_stage(which, raid)),
            "weeks": weeks, "campaigns": campaigns, "seed": self.seed,
        }  # fmt: skip

        def compute() -> Outlook:
            with bar("sustain", self.quiet):
                return sustain(
                    self.scenario, laydown, raids, seed=self._seed, weeks=weeks, campaigns=campaigns
                )

        return self._result("outlook", Outlook, inputs, compute)

    def tables_and_maps(self, which: str) -> None:
        """Write an assessment as tables and maps; with the designed one also what changes from today."""
        from egide.app.assessment_outputs import write_comparison
        from egide.app.outputs import write_assessment

        found = self.assessment(which)
        self.folder.files(
            f"maps-{which}", {"assessment": self.folder.key_of(f"assess-{which}")},
            lambda: write_assessment(self.scenario, found, self.folder.path, which),
        )  # fmt: skip
        if which == DESIGNED:
            today = self.assessment(TODAY)
            keys = {one: self.folder.key_of(f"assess-{one}") for one in (TODAY, DESIGNED)}
            self.folder.files("comparison", keys, lambda: write_comparison(today, found, self.folder.path))

    def results(self, trials: int, weeks: int, campaigns: int) -> None:
        """Compute every stage before the brief, two at a time where neither needs the other."""

        def of_today() -> None:
            self.tables_and_maps(TODAY)
            self.raids(TODAY, None, trials)

        with ThreadPoolExecutor(1) as beside:
            try:
                today = beside.submit(of_today)
                self.laydown(DESIGNED)
                designed = beside.submit(self.tables_and_maps, DESIGNED)
                self.raids(DESIGNED, None, trials)
                self.outlook(DESIGNED, trials, weeks, campaigns)
                today.result()
                designed.result()
            finally:
                beside.shutdown(wait=False, cancel_futures=True)

    def brief(self, trials: int, weeks: int, campaigns: int, languages: tuple[str, ...]) -> list[Path]:
        """The brief as HTML and PDF in every language asked for."""
        with nullcontext() if self.folder.knows("brief") else self._helped():
            self.results(trials, weeks, campaigns)
            stages = ("assess-today", "assess-designed", "design", "raid-today", "raid-designed", "outlook")
            inputs = {
                "scenario": self.scenario.fingerprint("terrain"),
                "stages": [self.folder.key_of(stage) for stage in stages],
                "languages": list(languages),
                "versions": self.versions,
                "beside": [
                    self.folder.key_of(stage)
                    for stage, found in (
                        ("needs", self.kept_needs()),
                        ("study", self.kept_study()),
                        (f"probable-{TODAY}", self.kept_probable()),
                        (UNCERTAIN, self.kept_uncertain()),
                    )
                    if found is not None
                ],
            }
            return self.folder.files(
                "brief", inputs, lambda: self._write_briefs(trials, weeks, campaigns, languages)
            )

    @cached_property
    def ledger(self) -> Ledger | None:
        """State of the scenario's ledger; None where none is kept."""
        from egide.app.plan_folder import ledger_path
        from egide.io.ledger_files import read_ledger

        path = ledger_path(self.name)
        return read_ledger(path) if path.exists() else None

    @cached_property
    def versions(self) -> tuple[str, str]:
        """Hashes of the plan and of the ledger's last event, which the brief prints."""
        from egide.app.plan_folder import plan_hash
        from egide.io.scenario_files import scenario_folder

        return plan_hash(scenario_folder(self.name)), "" if self.ledger is None else self.ledger.head

    @contextmanager
    def _helped(self) -> Iterator[None]:
        """Have a second process at hand."""
        from egide.app.aside import Aside  # loads the drawing library, which few verbs need

        with closing(Aside()) as self._aside:
            try:
                yield
            finally:
                self._aside = None

    def _write_briefs(
        self, trials: int, weeks: int, campaigns: int, languages: tuple[str, ...]
    ) -> list[Path]:
        """Write the last language in the second process, while this one writes the others."""
        jobs = [self._brief_job(language, trials, weeks, campaigns) for language in languages]
        aside = self._aside if len(jobs) > 1 else None
        with bar("brief", self.quiet) as tick:
            if aside is not None:
                aside.start(jobs[-1])
            mine = jobs[:-1] if aside is not None else jobs
            for number, (pages, paths) in enumerate(mine):
                for path in paths:
                    pages.write(path)
                tick(number + 1, len(jobs))
            if aside is not None and not aside.is_done():
                pages, paths = jobs[-1]
                for path in paths:
                    pages.write(path)
            tick(len(jobs), len(jobs))
        return [path for _, paths in jobs for path in paths]

    def _brief_job(
        self, language: str, trials: int, weeks: int, campaigns: int
    ) -> tuple[Brief, tuple[Path, ...]]:
        from egide.briefing.brief import brief

        pages = brief(
            self.scenario, self.coverage, self.assessment(TODAY), self.design, self.raids(DESIGNED, None, trials),
            self.outlook(DESIGNED, trials, weeks, campaigns), designed=self.assessment(DESIGNED),
            raids_today=self.raids(TODAY, None, trials), needs=self.kept_needs(), study=self.kept_study(),
            probable=self.kept_probable(),
            uncertain=self.kept_uncertain(), ledger=self.ledger, plan=self.versions[0], language=language,
        )  # fmt: skip
        paths = (self.folder.path / f"brief-{language}{suffix}" for suffix in (".html", ".pdf"))
        return pages, tuple(paths)
