"""Backup cover: against every choice on small instances, and laws."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive import siting as naive
from tests.siting.instances import holds, planar, same_number, small

from egide.siting import Status, backup_cover, maximal_cover


@given(small(), st.sampled_from([0.0, 0.05]))
@settings(max_examples=50, deadline=None)
def test_no_choice_covers_more_twice_than_the_bound(case, gap):
    answer = backup_cover(case.rows, case.weights, case.limit, gap=gap, **case.money)
    options = naive.choices(len(case.cover), case.limit, case.costs, case.budget)
    holds(answer, max(naive.covered_twice(case.cover, case.weights, each) for each in options))
    assert answer.gap <= gap
    found = naive.covered_twice(case.cover, case.weights, answer.sites.tolist())
    assert same_number(answer.objective, found)


def test_two_covers_are_worth_no_more_than_one():
    covers, weights = planar(20, 120, 7.0, 0)
    twice, once = backup_cover(covers, weights, 5, gap=0.0), maximal_cover(covers, weights, 5, gap=0.0)
    assert twice.status == once.status == Status.OPTIMAL
    assert twice.objective <= once.objective


def test_names_change_nothing_but_labels():
    covers, weights = planar(20, 120, 7.0, 1)
    base = backup_cover(covers, weights, 4, gap=0.0)
    draw = np.random.default_rng(1)
    by_site, by_point = draw.permutation(20), draw.permutation(120)
    permuted = backup_cover(sp.csr_array(covers[by_site][:, by_point]), weights[by_point], 4, gap=0.0)
    assert base.status == Status.OPTIMAL
    assert permuted.objective == base.objective


def test_one_site_is_no_backup_of_itself():
    answer = backup_cover(sp.csr_array(np.ones((3, 2), bool)), [1.0, 1.0], 1)
    assert (answer.objective, answer.bound, answer.status) == (0.0, 0.0, Status.OPTIMAL)
