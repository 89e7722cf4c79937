"""`python -m egide` is the command line."""

from egide.app.cli import main

main()
