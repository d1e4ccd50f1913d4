"""`python -m rdv`: the command line, for those who name the Python that runs it."""

from rdv.cli.main import main

main()
