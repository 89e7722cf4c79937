"""Assessment: what is protected, what is not, how much warning.

Job: people and assets under coverage by height and layer, warning times, ranked gaps, comparison.
Takes: Scenario, Coverage, Laydown.
Gives: Assessment.
Never: moves a unit.
"""
