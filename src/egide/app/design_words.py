"""A defence design in a few lines: value and bound, tiers, what binds, who can move, what stays short."""

from __future__ import annotations

from collections.abc import Iterator

from egide.siting.design import DefenceDesign

_SHOWN = 3
_PEOPLE = 10


def design_words(design: DefenceDesign, *, by_region: bool) -> Iterator[str]:
    """Lines for a person; sites and assets are not named where the scenario reports by region."""
    yield (
        f"value {design.objective:.4f}, bound {design.bound:.4f}, gap {100 * design.gap:.2f} % "
        f"({design.status.replace('_', ' ')}; stated laydown: {design.today:.4f})"
    )
    for tier in design.tiers:
        name = "people" if tier.tier == _PEOPLE else f"tier {tier.tier}"
        yield f"{name}: {tier.objective:.4f} of {tier.whole:.4f}, at most {tier.bound:.4f}"
    for reason in design.reasons[:_SHOWN]:
        yield (
            f"without {reason.unit}: {100 * reason.marginal_value:.1f} % of the value, "
            f"{reason.people_sensed_only_by_it:,} people their only sensor, "
            f"{reason.people_engaged_only_by_it:,} their only effector, "
            f"{_assets(reason.assets_only_by_it, by_region=by_region)} their only effector"
        )
    for limit in [each for each in design.bindings if each.at_least > 0.0][:_SHOWN]:
        most = "" if limit.at_most is None else f", at most {limit.at_most:.4f}"
        yield f"{_limit(limit.limit, limit.name, by_region=by_region)}: worth {limit.at_least:.4f} at least{most}"
    for alternate in design.alternates:
        where = "a further site" if by_region else alternate.site
        yield f"{alternate.unit} may move to {where}: {100 * alternate.value_kept:.1f} % of the value stays"
    for short in design.layers_short:
        name = "one asset" if by_region else short.asset
        yield f"{name} has {short.layers} of {short.required} layers; no laydown gives more than {short.most}"
    if design.unplaced:
        yield f"no site was left for {', '.join(design.unplaced)}"


def _assets(assets: tuple[str, ...], *, by_region: bool) -> str:
    if not assets:
        return "no asset"
    if by_region:
        return f"{len(assets)} asset{'s' if len(assets) > 1 else ''}"
    return ", ".join(assets)


def _limit(limit: str, name: str, *, by_region: bool) -> str:
    if limit == "units":
        return f"one more {name}"
    where = "a site" if by_region else name
    return f"a second unit at {where}" if limit == "sites" else f"less distance at {where}"
