"""`python -m rdv`: the command line, run by a chosen Python."""

from rdv.cli.main import main

main()
