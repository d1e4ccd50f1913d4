# The verbs of this project; each is one line that can be typed by hand as well.
.PHONY: help install check lint types imports test demo bench faults locale clean

help:      ## this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'
install:   ## the environment, from pyproject.toml
	uv sync
check: lint types imports test ## all that has to pass before a commit
lint:      ## ruff: style and format
	uv run ruff check . && uv run ruff format --check .
types:     ## mypy, strict
	uv run mypy
imports:   ## the arrows of docs/architecture.md
	uv run lint-imports
test:      ## on SQLite and on a real PostgreSQL
	uv run pytest
demo:      ## the sample town hall
	uv run rdv demo
bench:     ## ratios against yardsticks of the same run
	uv run python -m bench
faults:    ## everything fails, nothing is lost: five minutes on each database
	uv run python -m faults --minutes 5
locale:    ## extracts the texts, updates and compiles the French catalogue
	mkdir -p build
	uv run pybabel -q extract -F babel.cfg -k N_ -k _ -k say --no-location --sort-output -o build/rdv.pot rdv portal
	uv run pybabel -q update -D rdv -d rdv/i18n/locale -i build/rdv.pot -l fr --no-fuzzy-matching --ignore-obsolete -w 120
	uv run pybabel -q compile -D rdv -d rdv/i18n/locale -l fr
clean:     ## what can be made again
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
