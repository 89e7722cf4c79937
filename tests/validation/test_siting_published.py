"""Covering problems with published or independently proved optima.

The instances are read from the reference folder: OR-Library set cover (J. E. Beasley), Sao Jose dos Campos
(Lorena and Pereira), Swain's 55 nodes, and New York of AILS-MCLP (Maximo, Cordeau and Nascimento 2023).
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from tests.reference import acceptance, reference

from egide.siting import Status, maximal_cover, set_cover

pytestmark = pytest.mark.reference


def or_library(name):
    """Set cover in the OR-Library layout: sizes, column costs, then for each row its columns from 1."""
    numbers = np.fromstring(reference(f"validation/scp/{name}.txt").read_text(), dtype=np.int64, sep=" ")
    points, sites = numbers[:2]
    costs, at = numbers[2 : 2 + sites], 2 + sites
    row, column = [], []
    for j in range(points):
        degree = numbers[at]
        row.extend(numbers[at + 1 : at + 1 + degree] - 1)
        column.extend([j] * degree)
        at += 1 + degree
    return sp.csr_array((np.ones(len(row), bool), (row, column)), shape=(sites, points)), costs


def sao_jose(size):
    """Coordinates [m] and demand; every node is a candidate, 800 m away at most."""
    numbers = np.array(reference(f"validation/sjc/SJC{size}.txt").read_text().split(), float)
    at = numbers[1:].reshape(size, 2)
    demand = np.array(reference(f"validation/sjc/demand-SJC{size}.dat").read_text().split(), float)
    return within(at, 800.0), demand


def swain():
    """Swain's 55 nodes: number, x, y, demand."""
    table = np.loadtxt(reference("validation/swain/swain.txt"), skiprows=1)
    return within(table[:, 1:3], 10.0), table[:, 3]


def within(at, radius):
    distance = np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))
    return sp.csr_array(distance <= radius)


def new_york():
    """Longitude and latitude in degrees; distances by haversine with R = 6,378,137 m, 400 m at most."""
    lines = reference("validation/ny/NewYork.txt").read_text().splitlines()
    count = next(int(line.split(":")[1]) for line in lines if line.startswith("DIMENSION"))
    first = next(k for k, line in enumerate(lines) if line.startswith("NODE_COORD_SECTION")) + 1
    at = np.radians(np.array([line.split()[:2] for line in lines[first : first + count]], float))
    demand = np.array([line.split()[0] for line in lines[first + count + 1 : first + 2 * count + 1]], float)
    lat, lon = at.T
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return sp.csr_array(2 * 6_378_137.0 * np.arcsin(np.sqrt(half)) <= 400.0), demand


@pytest.mark.parametrize("name", ["41", "42", "43", "44", "45", "61", "62"])
def test_or_library_set_cover_is_proved_to_its_optimum(name):
    answer = set_cover(*or_library(f"scp{name}"), gap=0.0)
    assert answer.objective == acceptance("scp")[name]
    assert answer.status == Status.OPTIMAL


@pytest.mark.parametrize("size", [324, 402, 708])
def test_sao_jose_dos_campos_is_proved_to_its_optimum(size):
    covers, demand = sao_jose(size)
    for case in acceptance("mclp_sjc_r800"):
        if case["n"] != size:
            continue
        answer = maximal_cover(covers, demand, case["p"], gap=0.0)
        assert (answer.objective, answer.status) == (case["opt"], Status.OPTIMAL), case


def test_swain_is_proved_to_its_optimum():
    covers, demand = swain()
    published = acceptance("mclp_swain")
    found = [maximal_cover(covers, demand, limit, gap=0.0) for limit in range(1, 10)]
    assert [each.objective for each in found] == published["S10"]
    assert set_cover(covers, gap=0.0).objective == published["LSCP"]["10"]


@pytest.mark.parametrize("limit", [50, 100])
def test_new_york_stays_within_its_bound_and_the_bound_holds_the_best_known(limit):
    """Within 1 % proven; the bound is neither below the best published cover nor far above the published LP."""
    case = next(each for each in acceptance("mclp_ails") if each["p"] == limit)
    covers, demand = new_york()
    answer = maximal_cover(covers, demand, limit)
    assert answer.gap <= 0.01
    assert answer.objective <= case["lp_upper_bound"]
    assert answer.bound >= case["published"]
    listed = reference(f"validation/ny/NewYork_{limit}_400.txt").read_text().splitlines()
    published = [int(each) for each in listed[1].split()[1:]]
    covered = covers[published].sum(axis=0) > 0
    assert demand[covered].sum() == case["published"]
