"""Briefing: pages for people.

Job: tables, maps and pages, in English and French, from results.
Takes: nouns and results.
Gives: one self-contained HTML file or a PDF.
Never: computes a number that is not already in a result.
"""
