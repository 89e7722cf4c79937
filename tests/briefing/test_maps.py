"""What maps stand on: outlines, regions, scale bar, colours."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from tests.briefing.made_up import frame_of, parts_of, scenario_of

from egide.assessment.result import MapFrame
from egide.briefing import canvas
from egide.briefing.axes_map import axes_map, axes_of_raid
from egide.briefing.brief import brief
from egide.briefing.ground import ground_of, round_length_m
from egide.briefing.maps import at_map
from egide.briefing.outlines import outlines_of
from egide.briefing.regions import regions_of
from egide.geo import project, unproject
from egide.model.raid import Waypoint


def cell_of(frame: MapFrame, lon_deg: float, lat_deg: float) -> tuple[int, int]:
    x, y = project(lon_deg, lat_deg, frame.crs)
    return round((frame.y0_m - float(y)) / frame.cell_m), round((float(x) - frame.x0_m) / frame.cell_m)


@pytest.mark.parametrize(
    ("lon_deg", "lat_deg", "inside"),
    [
        (30.5, 50.4, True),  # Kyiv
        (34.1, 45.2, True),  # Crimea belongs to Ukraine on every map
        (38.0, 48.0, True),  # Donetsk
        (28.85, 47.0, False),  # Chisinau
        (29.0, 52.5, False),  # Homel region
        (32.0, 45.0, False),  # the Black Sea
    ],
)
def test_the_country_on_the_map_is_the_one_whose_border_is_packaged(
    lon_deg: float, lat_deg: float, inside: bool
) -> None:
    frame = frame_of(scenario_of("kyiv-2025-07-04"))
    assert outlines_of(frame, "UKR").country[cell_of(frame, lon_deg, lat_deg)] == inside


def test_no_border_is_drawn_along_the_edge_at_which_the_packaged_outlines_were_cut() -> None:
    frame = frame_of(scenario_of("kyiv-2025-07-04"))
    found = outlines_of(frame, "UKR")
    drawn = [unproject(*line.T, frame.crs) for line in found.other_borders]
    lon, lat = (np.concatenate([one[at][np.isfinite(one[at])] for one in drawn]) for at in range(2))
    for line_lon, line_lat in drawn:
        for values, edges in ((line_lon, (lon.min(), lon.max())), (line_lat, (lat.min(), lat.max()))):
            for edge in edges:
                near = np.abs(values - edge) < 1e-6
                assert not (near[:-1] & near[1:]).any()


def test_without_a_country_ground_above_the_sea_is_land_and_no_border_is_drawn() -> None:
    frame = frame_of(scenario_of("tiny"))
    found = outlines_of(frame, "")
    assert np.array_equal(found.land, np.nan_to_num(frame.ground_m, nan=-1.0) > 0.0)
    assert found.own_border == found.other_borders == ()


def test_every_cell_belongs_to_the_region_of_the_nearest_place() -> None:
    scenario = scenario_of("tiny")
    frame = frame_of(scenario)
    inside = np.nan_to_num(frame.ground_m, nan=0.0) > 0.0
    found = regions_of(scenario, frame, inside)
    places = [np.array(project(place.lon_deg, place.lat_deg, frame.crs)) for place in scenario.places]
    for row in range(0, inside.shape[0], 5):
        for col in range(0, inside.shape[1], 5):
            here = np.array([frame.x0_m + col * frame.cell_m, frame.y0_m - row * frame.cell_m])
            nearest = min(range(len(places)), key=lambda at: float(np.hypot(*(places[at] - here))))
            number = found.number[row, col]
            assert (number >= 0) == inside[row, col]
            if number >= 0:
                assert found.names[number] == scenario.places[nearest].region


def test_a_region_is_labelled_inside_itself() -> None:
    scenario = scenario_of("kyiv-2025-07-04")
    frame = frame_of(scenario)
    found = regions_of(scenario, frame, outlines_of(frame, scenario.country).country)
    assert len(found.label_m) >= 25
    for name, (x, y) in found.label_m.items():
        row, col = round((frame.y0_m - y) / frame.cell_m), round((x - frame.x0_m) / frame.cell_m)
        assert found.names[found.number[row, col]] == name


def test_edges_of_regions_lie_between_two_regions() -> None:
    scenario = scenario_of("tiny")
    frame = frame_of(scenario)
    found = regions_of(scenario, frame, np.ones(frame.ground_m.shape, dtype=bool))
    number = found.number
    for row, col in zip(*np.nonzero(found.edges), strict=True):
        neighbours = [
            number[row, min(col + 1, number.shape[1] - 1)],
            number[min(row + 1, number.shape[0] - 1), col],
        ]
        assert any(one != number[row, col] for one in neighbours)


@given(st.floats(1.0, 1e8))
def test_the_scale_bar_has_a_round_length_not_above_and_not_far_below_the_one_asked_for(
    about_m: float,
) -> None:
    length = round_length_m(about_m)
    assert length <= about_m * (1.0 + 1e-6)
    assert length > about_m / 2.6
    mantissa = length / 10.0 ** math.floor(math.log10(length) + 1e-9)
    assert min(abs(mantissa - step) for step in (1.0, 2.0, 5.0)) < 1e-9


def lightness(colour: object) -> float:
    """Relative luminance, what a grey print keeps of a colour."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]  # type: ignore[arg-type]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [canvas.BLUES, canvas.ORANGES, canvas.PURPLES])
def test_a_grey_print_keeps_the_order_of_colours(palette: tuple[str, ...]) -> None:
    light = [lightness(colour) for colour in (canvas.NOTHING, *palette)]
    for brighter, darker in itertools.pairwise(light):
        assert (brighter + 0.05) / (darker + 0.05) > 1.15


def test_hills_shade_a_map_and_flat_ground_does_not() -> None:
    scenario = scenario_of("tiny")
    frame = frame_of(scenario)
    flat = MapFrame(frame.crs, frame.x0_m, frame.y0_m, frame.cell_m, np.full_like(frame.ground_m, 100.0))
    assert np.ptp(ground_of(scenario, frame).shade) > 0.1
    assert np.all(ground_of(scenario, flat).shade == 1.0)


def test_a_slope_that_faces_north_west_is_the_brighter_one() -> None:
    scenario = scenario_of("tiny")
    frame = frame_of(scenario)
    row, col = np.mgrid[: frame.ground_m.shape[0], : frame.ground_m.shape[1]]
    ridge = 500.0 - 10.0 * np.abs(row + col - 50.0)
    hill = MapFrame(frame.crs, frame.x0_m, frame.y0_m, frame.cell_m, ridge.astype(np.float32))
    shade = ground_of(scenario, hill).shade
    assert shade[10, 20] > 1.0 > shade[40, 40]


def test_the_lines_of_a_raid_turn_where_its_routes_do() -> None:
    scenario = scenario_of("tiny")
    turn = Waypoint(route="way", order=1, lon_deg=-26.95, lat_deg=45.06)
    first, *others = scenario.raid_groups
    turned = scenario.model_copy(
        update={"routes": (turn,), "raid_groups": (first.model_copy(update={"route": "way"}), *others)}
    )
    made = brief(**parts_of(turned))
    lines = axes_of_raid(made.case, made._ground).lines
    assert sum(lines.values()) == sum(group.count for group in turned.raid_groups)
    assert {len(stops) for _, stops in lines} == {1, 2}
    bent = next(stops for _, stops in lines if len(stops) == 2)
    assert bent[0] == pytest.approx(at_map(turn.lon_deg, turn.lat_deg, made._ground))
    assert axes_map(made.case, made._ground).startswith(b"\x89PNG")
