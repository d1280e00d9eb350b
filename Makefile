# Two commands do everything: `make demo` runs the studio, `make test` runs the tests.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check bench chaos format setup browser clean

# Without compiled files each process compiles all of its libraries anew at its start: three times the start.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

# uv from the machine when it works here, else one of our own inside the project.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/bin/uv)
RUN := $(UV) run --frozen

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / — /'

.tools/bin/uv:
	@echo "Installing uv into .tools (nothing outside this folder is touched) …"
	@python3 -m venv .tools && .tools/bin/python -m pip install --quiet --disable-pip-version-check uv

setup: $(if $(filter uv,$(UV)),,.tools/bin/uv)
	@$(UV) sync --frozen --quiet

demo: setup ## start the studio with a demo production: PORT=8000 by default
	@exec $(RUN) python manage.py demo $(if $(PORT),--port $(PORT),)

test: setup browser ## run all tests
	@UV="$(UV)" bin/run-tests $(ARGS)

check: setup ## lint, types, import contracts, templates, migrations
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy studio generation billing manage.py
	@$(RUN) lint-imports
	@$(RUN) djlint --lint --quiet templates
	@$(RUN) python manage.py makemigrations --check --dry-run
	@$(RUN) python manage.py check

format: setup ## format the code
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

bench: setup ## measure; each prints one JSON object a line with ARGS=--json
	@for script in bench/*.py; do echo "# $$script"; $(RUN) python $$script $(ARGS) || exit 1; done

chaos: setup ## long state machines, outages, deployments, then twenty rounds of kills: ARGS="--seeds 5 --round 20" for fewer
	@$(RUN) pytest -q --hypothesis-profile long tests/generation/test_life.py tests/billing/test_machine.py
	@$(RUN) pytest -q -m outage tests/chaos tests/test_bench.py
	@$(RUN) python -m tests.chaos $(ARGS)

browser:
	@bin/ensure-browser

clean: ## remove everything that was made here, the demo's database and media included
	@rm -rf var staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis
