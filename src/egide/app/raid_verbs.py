"""`egide raid`: one raid simulated, compared, questioned and replayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from egide.app.cli import Count, Json, Out, Seed, _known_laydown, _line, _print, _say, app
from egide.errors import InputError

if TYPE_CHECKING:
    from egide.app.line import Line
    from egide.coverage.result import Coverage
    from egide.model.scenario import Scenario
    from egide.model.unit import Laydown
    from egide.raids.circumstances import Circumstances
    from egide.raids.plans import PlanComparison
    from egide.raids.raid_result import RaidResult

Switch = Annotated[bool, Parameter(negative="")]
Several = Annotated[tuple[str, ...], Parameter(negative="")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Changes:
    """What differs from what the scenario states."""

    library: str | None = None
    """A raid of reported size instead: CLASS:q90, CLASS:120 or CLASS, joined by +; classes are one_way_drone,
    cruise_missile, ballistic_missile and supersonic_missile"""
    integration: Literal["own", "local", "theatre"] | None = None
    """Who shares tracks"""
    doctrine: str | None = None
    """Shot doctrine, such as S, S-S, S-L-S or S-S-L-S"""
    assignment: Literal["first", "quickest", "best", "horizon"] = "quickest"
    """Rule by which a threat is given to a unit; `horizon` is weapon-target assignment every few seconds"""
    lost: Several = ()
    """Units that are lost or under repair"""
    unlinked: Several = ()
    """Units whose link is cut"""
    link_fraction: float = 1.0
    """Share of nights each link works"""
    readiness_fraction: float = 1.0
    """Share of the stated availability that is left"""
    reserve: Several = ()
    """Rounds every unit keeps back from a class, such as one_way_drone=4"""

    def circumstances(self) -> Circumstances:
        """The changes as the library takes them."""
        from egide.raids.circumstances import Circumstances, parse_reserve

        return Circumstances(
            integration=self.integration, doctrine=self.doctrine, assignment=self.assignment, lost=self.lost,
            unlinked=self.unlinked, link_fraction=self.link_fraction, readiness_fraction=self.readiness_fraction,
            reserve_rounds=dict(parse_reserve(text) for text in self.reserve),
        )  # fmt: skip


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Questions:
    """What else is asked of the raid."""

    compare: Switch = False
    """Compare today's laydown with the designed one on the same nights"""
    doctrines: Switch = False
    """Compare shot doctrines under the stocks the units hold"""
    levels: Switch = False
    """Say what sharing tracks is worth: own sensor, local net, theatre net"""
    uncertainty: Switch = False
    """Nest the catalogue's bands outside raid chance: intervals with both, Sobol indices; with --compare also
    which assumption would flip the ranking of the two laydowns"""
    correlation: Switch = False
    """Rank thirty laydowns by covered value and by simulated leakers"""
    regret: Switch = False
    """Compare the rule of fire distribution with the exact optimum at moments of the raid"""
    assumptions: Switch = False
    """List every figure the outcome rests on, with its band, confidence and source"""
    replay: int | None = None
    """Give the flights and events of this trial"""
    threat_price: Several = ()
    """Price of one threat instead of the catalogue's, such as shahed-136=35000 [EUR], for the cost-exchange
    ratio"""


@app.command
def raid(
    scenario: str, *, seed: Seed, out: Out = None, trials: Count = 2_000, name: str | None = None,
    laydown: str = "today", precision: float | None = None,
    changes: Changes = Changes(), questions: Questions = Questions(), json_: Json = False,
) -> None:  # fmt: skip
    """Simulate a raid against the laydown `today` or `designed`, and answer questions about it.

    Parameters
    ----------
    trials
        Nights to simulate; with --precision, the most of them.
    name
        Raid of the scenario; without it the first.
    precision
        Simulate until the 95 % interval of mean leakers, or of their difference with --compare, is plus or
        minus this many.
    """
    _known_laydown(laydown)
    case = _Case(
        _line(scenario, out, seed), laydown, seed, trials, name, precision, changes, questions.compare
    )
    result = case.result()
    _say(result.to_frame().round(2).to_string())
    _say("quantiles hold chance in the raid and between nights; ignorance about the inputs: --uncertainty")
    content = result.to_json()
    for note in case.notes:
        _say(f"library: {note}")
    content["notes"] = list(case.notes)
    content["cost_exchange"] = _cost_exchange(result, questions.threat_price)
    for answer in _ANSWERS:
        if getattr(questions, answer):
            content[answer] = _ANSWERS[answer](case)
    if questions.replay is not None:
        content["replay"] = _replay(case, questions.replay)
    if json_:
        _print(content)


@dataclass
class _Case:
    """One raid against one laydown, under changes."""

    line: Line
    which: str
    seed: int
    trials: int
    name: str | None
    precision: float | None
    changes: Changes
    compares: bool
    """Whether today's laydown and the designed one are both asked about"""
    notes: tuple[str, ...] = ()
    scenario: Scenario = field(init=False)
    given: Circumstances = field(init=False)

    def __post_init__(self) -> None:
        self.scenario = self.line.scenario
        self.given = self.changes.circumstances()
        if self.changes.library is None:
            return
        from egide.io.bulletin_files import read_raid_statistics
        from egide.raids.library import library_raid, parse_library

        if self.name is not None:
            remedy = "names a raid of the scenario; give either it or --library"
            raise InputError.one("raid", "--name", self.name, remedy)
        sizes = parse_library(self.changes.library)
        made = library_raid(self.scenario, read_raid_statistics(), sizes, seed=self.seed)
        self.notes = (*made.notes, made.raid.source)
        self.scenario = made.added_to(self.scenario)
        self.name = made.raid.id

    @property
    def coverage(self) -> Coverage:
        return self.line.coverage

    @property
    def laydown(self) -> Laydown:
        return self.line.laydown(self.which)

    def laydowns(self) -> dict[str, Laydown]:
        """Today's laydown and the designed one."""
        return {which: self.line.laydown(which) for which in ("today", "designed")}

    def result(self) -> RaidResult:
        """The simulated raid; one without changes is the run folder's."""
        if self.changes == Changes() and self.precision is None:
            return self.line.raids(self.which, self.name, self.trials)
        from egide.raids.simulate import simulate

        return simulate(
            self.scenario, self.coverage, self.laydown, seed=self.seed, trials=self.trials, raid=self.name,
            given=self.given, precision=self.precision,
        )  # fmt: skip


def _say_differences(found: PlanComparison) -> dict[str, Any]:
    for row in found.differences:
        gap = row.comparison
        _say(
            f"{row.plan} less {row.base}, {row.measure}: {gap.mean:+.2f} ({gap.low:+.2f} to {gap.high:+.2f}), "
            f"better on {100 * gap.first_better_fraction:.0f} % of nights, ties half"
        )
    if found.unpriced:
        _say(f"cost_eur counts as free, for want of a price: {', '.join(found.unpriced)}")
    _say(f"{found.trials} nights; widest interval of leakers +/- {found.reached:.2f}")
    return found.to_json()


def _compare(case: _Case) -> dict[str, Any]:
    from egide.raids.plans import Plan, compare_plans

    plans = {which: Plan(laydown, case.given) for which, laydown in case.laydowns().items()}
    return _say_differences(
        compare_plans(
            case.scenario, case.coverage, plans, seed=case.seed, trials=case.trials, raid=case.name,
            precision=case.precision,
        )
    )  # fmt: skip


def _doctrines(case: _Case) -> dict[str, Any]:
    from egide.raids.plans import compare_doctrines

    return _say_differences(
        compare_doctrines(
            case.scenario, case.coverage, case.laydown, seed=case.seed, trials=case.trials, raid=case.name,
            given=case.given,
        )
    )  # fmt: skip


def _levels(case: _Case) -> dict[str, Any]:
    from egide.raids.plans import compare_integration

    return _say_differences(
        compare_integration(
            case.scenario, case.coverage, case.laydown, seed=case.seed, trials=case.trials, raid=case.name,
            given=case.given,
        )
    )  # fmt: skip


def _uncertainty(case: _Case) -> dict[str, Any]:
    from egide.app.progress import bar
    from egide.raids.uncertainty import uncertain_raid

    plans = case.laydowns() if case.compares else {case.which: case.laydown}
    coverage = case.coverage
    with bar("uncertainty", case.line.quiet) as tick:
        found = uncertain_raid(
            case.scenario, coverage, plans, seed=case.seed, raid=case.name, given=case.given, tick=tick
        )
    if case.compares and case.changes == Changes() and case.name in (None, case.scenario.raid().id):
        from egide.raids.uncertainty_summary import summary_of

        case.line.keep_uncertain(summary_of(case.scenario, found))  # the brief reads it there
    _say(found.to_frame().round(3).to_string())
    for k, plan in enumerate(found.plans):
        _say(
            f"{plan}: variance of leakers {found.aleatory_variance[k]:.1f} from chance, "
            f"{found.epistemic_variance[k]:.1f} from ignorance; the surface explains "
            f"{100 * found.surfaces[k].explained_fraction:.0f} % of the latter"
        )
    if len(found.plans) > 1:
        _say(
            f"knowing every assumption before choosing is worth at most {found.perfect_information:.2f} leakers"
        )
    return found.to_json()


def _correlation(case: _Case) -> dict[str, Any]:
    from egide.app.progress import bar
    from egide.raids.prediction import coverage_prediction

    plans, coverage = case.laydowns(), case.coverage
    with bar("correlation", case.line.quiet) as tick:
        found = coverage_prediction(
            case.scenario,
            coverage,
            plans,
            seed=case.seed,
            trials=min(case.trials, 200),
            raid=case.name,
            tick=tick,
        )
    _say(f"siting objective against leakers, rank correlation: {found.overall.words()}")
    _say(f"among the better half by objective: {found.better_half.words()}")
    return found.to_json()


def _regret(case: _Case) -> dict[str, Any]:
    from egide.raids.regret import rule_regret

    found = rule_regret(
        case.scenario, case.coverage, case.laydown, seed=case.seed, raid=case.name, given=case.given
    ).to_json()
    _say(
        f"rule against the optimum: {found['solved']} contests solved, {found['set_aside']} too large and "
        f"set aside; optimal at {found['optimal_fraction']}, mean regret {found['mean_regret']}"
    )
    return found


def _assumptions(case: _Case) -> list[dict[str, Any]]:
    from egide.raids.assumptions import assumptions_of

    plans = list(case.laydowns().values()) if case.compares else [case.laydown]
    rows = [
        {"assumption": found.name, **vars(band)}
        for found in assumptions_of(case.scenario, plans, case.name)
        for band in found.bands
    ]
    for row in rows:
        _say(
            f"{row['assumption']}: {row['where']} = {row['value']:g} [{row['low']:g} .. {row['high']:g}]  "
            f"{row['confidence']}{', ' + row['source'] if row['source'] else ''}"
        )
    return rows


_ANSWERS = {
    "assumptions": _assumptions,
    "compare": _compare,
    "doctrines": _doctrines,
    "levels": _levels,
    "uncertainty": _uncertainty,
    "correlation": _correlation,
    "regret": _regret,
}


def _replay(case: _Case, trial: int) -> dict[str, Any]:
    from egide.raids.simulate import replay_trial

    found = replay_trial(
        case.scenario,
        case.coverage,
        case.laydown,
        seed=case.seed,
        trial=trial,
        raid=case.name,
        given=case.given,
    )
    _say(found.to_frame().round(4).to_string())
    return found.to_json()


def _cost_exchange(result: RaidResult, prices: tuple[str, ...]) -> dict[str, Any] | str:
    from egide.raids.raid_result import exchange_words

    stated: dict[str, float] = {}
    for text in prices:
        name, _, price = text.partition("=")
        try:
            stated[name.strip()] = float(price)
        except ValueError:
            remedy = "write TYPE=EUR, such as shahed-136=35000"
            raise InputError.one("raid", "--threat-price", text, remedy) from None
    found = exchange_words(result.cost_exchange(stated))
    if isinstance(found, str):
        lacking = [*result.unpriced, *result.unpriced_threats(stated)]
        why = f"without a price: {', '.join(lacking)}" if lacking else "nothing was stopped"
        _say(f"cost-exchange ratio: not stated, {why}")
    else:
        _say(
            f"cost of rounds over price of threats stopped: median {found['q50']:.2f} "
            "(prices of the catalogue, most of them assumed, and what --threat-price states)"
        )
    return found
