"""Files: from files to nouns and back.

Job: read and write scenarios, catalogues, terrain, results, bulletins, ledgers.
Takes: paths.
Gives: nouns, or every problem of every file at once; whole files or none.
Never: computes.
"""
