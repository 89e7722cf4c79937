"""App: a person's wish becomes calls of the public API.

Job: the command line, run folders with reuse, loops that go back over the line.
Takes: words, names, folders.
Gives: files in a run folder, JSON on standard output, words on standard error.
Never: contains a formula.
"""
