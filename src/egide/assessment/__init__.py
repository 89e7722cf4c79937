"""Assessment: what is under coverage, what is not, how much warning.

Job: layers, warning-time atlas, worksheet, gap register, scorecard, site plan, losses, bands, comparison.
Takes: Scenario, Coverage, Laydown; the Terrain too where it is redrawn or a sensor is moved.
Gives: Assessment, Comparison, ProbableCoverage, Moved.
Never: moves a unit of a laydown.
"""
