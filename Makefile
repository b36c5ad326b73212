# Every command that a developer needs; `make help` lists them.
# Needs only Python 3.11 or newer: the rest is installed into .venv, as uv.lock says, by its hashes;
# Node too, which builds the web console, where there is none.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ARGS ?=

# uv is to use the interpreter of .venv, and never to fetch another one.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)
# Compiled now, not at each start: where PYTHONDONTWRITEBYTECODE is set, that takes 1.8 s more.
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help install dev console test faults bench check audit lock format schema screenshots build clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(INSTALLED) ## Make .venv with everything in it (the others do this by themselves)

dev: $(INSTALLED) ## Start Valkey, a worker, the API and its console, and open it; Ctrl-C ends all
	@$(BIN)/python -m console.build || true
	@exec $(BIN)/jobcast dev --open $(ARGS)

console: $(INSTALLED) ## Build the web console, if its sources have changed (the others do this too)
	@$(BIN)/python -m console.build

test: $(INSTALLED) ## Run the tests (ARGS="-k resume" for some of them)
	@$(BIN)/python -m console.build || true
	@exec $(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

faults: $(INSTALLED) ## Kill, cut and stall everything, and print what became of the jobs (some 20 minutes)
	@exec $(BIN)/python -m tests.faults.report $(ARGS)

bench: $(INSTALLED) ## Measure beside other libraries (ONLY=fan-out PEERS=raw REPEAT=3 QUICK=1; Linux, Node)
	@exec $(BIN)/python -m benchmarks --only "$(ONLY)" --peers "$(PEERS)" \
	  --repeat $(or $(REPEAT),3) $(if $(QUICK),--quick)

check: $(INSTALLED) ## Check format, lint, types, the direction of imports, and for known vulnerabilities
	$(BIN)/uv lock --check --offline --quiet
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --cache-dir $(VENV)/.import-linter
	$(BIN)/python -m console.build --check
	@$(BIN)/python -m tests.security.audit

audit: $(INSTALLED) ## Ask whether a locked package is known to be vulnerable (skipped when offline)
	@$(BIN)/python -m tests.security.audit

lock: $(INSTALLED) ## Lock anew after a change of pyproject.toml (ARGS="--upgrade" for newer packages)
	$(BIN)/uv lock $(ARGS)
	@{ echo "# Written by \`make lock\`: the uv that everything else is installed with."; \
	  $(BIN)/uv export --frozen --only-group bootstrap --no-annotate --no-header; } >uv-requirements.txt

format: $(INSTALLED) ## Format the code, and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@cd console && test ! -x node_modules/.bin/prettier || node_modules/.bin/prettier --log-level warn --write .

schema: $(INSTALLED) ## Print the examples' GraphQL schema to schema/schema.graphql
	$(BIN)/jobcast schema --output schema/schema.graphql

screenshots: $(INSTALLED) ## Make docs/images anew of the running console (needs Chromium)
	@$(BIN)/python -m tests.browser.screenshots

build: $(INSTALLED) ## Build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel

clean: ## Remove .venv, dist and the caches (not .jobcast, which holds data)
	rm -rf $(VENV) dist jobcast/console_files console/node_modules console/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Node's package, unless there is one that is new enough: see OLDEST_NODE in console/build.py.
NODE_GROUP = $(shell node -e 'const [a, b] = process.versions.node.split(".").map(Number); \
  process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null || echo --group console)

# A half-made environment has no uv in it, and is made anew.
$(INSTALLED): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Jobcast needs Python 3.11 or newer, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo missing)." >&2; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/uv || { \
	  echo "Making $(VENV) ..." && rm -rf $(VENV) && $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r uv-requirements.txt; }
	@$(BIN)/uv sync --frozen --quiet --no-install-project $(NODE_GROUP)
	@$(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --editable . --python $(BIN)/python
	@$(BIN)/python -m compileall -q broadcaster jobcast resolvers schema tasks
	@touch $@
