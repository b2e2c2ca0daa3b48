# Every target sets up .venv by itself; make, git and Python 3.11 or later are all it takes.

# The first Python that is new enough and really runs (a version manager may leave a `python3.11` that does not).
PYTHON ?= $(shell for p in python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

BIN := .venv/bin
WORKERS ?= 2

.DEFAULT_GOAL := help

.PHONY: help
help: ## Tell what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/.demo ## Make registers with a known truth, link them, write demo/out/report.html
	$(BIN)/kleuterlink demo --folder demo

.PHONY: test
test: .venv/.dev ## Run the tests; those of the Spark engine where there is Java 17 or later
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

.PHONY: test-slow
test-slow: .venv/.dev ## Run the slow tests too, and properties on twice the examples
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --hypothesis-profile=many -m ""

.PHONY: test-lowest
test-lowest: .venv-lowest/.test ## Run the tests with the lowest versions that pyproject.toml allows, on fewer examples and without a cluster
	.venv-lowest/bin/python -m pytest -n $(WORKERS) --dist loadgroup --hypothesis-profile=few --ignore=tests/engines/test_spark_cluster.py

.PHONY: check
check: .venv/.dev ## Check formatting, rules, types, layers, docstrings, dependencies, dead code, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate --quiet src
	$(BIN)/deptry src
	$(BIN)/vulture
	$(BIN)/codespell $$(git ls-files)

.PHONY: bench
bench: .venv-bench/.bench ## Run the benchmarks: `make bench BENCH="--help"` tells which there are
	.venv-bench/bin/python -m benchmarks $(BENCH)

.PHONY: docs
docs: .venv/.dev ## Write the generated pages of docs/ again, and run the examples in all of them
	$(BIN)/python docs/generate.py
	$(BIN)/python -m pytest -n 0 tests/docs

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf .venv .venv-lowest .venv-bench demo build dist out
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says what its environment holds; where pyproject.toml or the pins are newer, it is brought up to date.
.venv/.demo: pyproject.toml constraints.txt | .venv/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[synthetic]'
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ .venv/.demo

.venv-lowest/.test: pyproject.toml constraints-lowest.txt | .venv-lowest/.made
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-lowest.txt -e '.[test]'
	@touch $@

.venv-bench/.bench: pyproject.toml constraints.txt | .venv-bench/.made
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[peers]'
	@touch $@

.venv/.made .venv-lowest/.made .venv-bench/.made:
	@test -n "$(PYTHON)" || { echo "kleuterlink needs Python 3.11 or later: install it, or name it with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv: install it (on Debian and Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(@D)
	@touch $@
