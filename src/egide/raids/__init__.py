"""Raids: what gets through, how often.

Job: simulate raids against a laydown, compare outcomes, and say which assumption decides.
Takes: threats, windows of detection and engagement, rules and a seed, as a scenario and its coverage give.
Gives: outcomes of every trial, their quantiles and errors, replays, paired comparisons, sensitivities.
Never: re-plans, opens a file, predicts the next raid, or plans one.
"""
