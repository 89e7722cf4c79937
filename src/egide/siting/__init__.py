"""Siting: who stands where, with a proven bound.

Job: solve covering problems (maximal, full, backup, expected, robust) and place a scenario's units.
Takes: cover sets and weights, or a Scenario and its Coverage.
Gives: answers with objective, bound, gap and status; a DefenceDesign.
Never: simulates; opens a file; says "optimal" without model, bound and gap.
"""

from egide.siting.answer import CoverAnswer, Status
from egide.siting.backup import backup_cover
from egide.siting.expected import expected_cover
from egide.siting.maximal import maximal_cover
from egide.siting.robust import robust_cover
from egide.siting.setcover import set_cover

__all__ = [
    "CoverAnswer",
    "Status",
    "backup_cover",
    "expected_cover",
    "maximal_cover",
    "robust_cover",
    "set_cover",
]
