# `make demo` and `make test` need Python 3.11, 3.12 or 3.13 with pip, and the package registry: nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test lint fmt run emulator bench torture migration clean auditpack screenshots plugin cms

BIN := .venv/bin
ARGS ?=
# Four more than there are processor cores: many tests wait for real processes, leases and clocks, and with two more a
# quarter of the cores' time was idle (see tests/support/lanes.py).
TEST_JOBS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 4)))
# What is there for SQLite and for PostgreSQL runs in a whole run on one of them, by turns; `both` is what `make torture`
# and whoever asks for some tests get.
DATABASES ?= $(if $(ARGS),both,turns)
# Two at once: one waits for leases and pull windows while the other kills.
TORTURE_JOBS ?= 2
TORTURE_RUNS ?= 50
TORTURE_EXAMPLES ?= 500
SOAK_MINUTES ?= 20
UV_VERSION := 0.13.8

# Only what uv.lock names, into .venv, with the Python that made it.
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# Some seconds once, and some at every start of a process where Python may not write its own.
export UV_COMPILE_BYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport VIRTUAL_ENV

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.stamp-run ## the main job end to end, with TikTok emulated; ARGS=--once ends after the post
	@$(BIN)/newsreel demo $(ARGS)

test: .venv/.stamp-dev ## lint, types, and all tests; ARGS="tests/posts -k retry" for some of them
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@# Types are checked beside the tests, and say last what is wrong. pytest first reads the tests once, so that its
	@# processes need not all rewrite the same assertions.
	@said=$$(mktemp); trap 'rm -f "$$said"' EXIT; \
	$(BIN)/mypy >"$$said" 2>&1 & types=$$!; \
	$(BIN)/pytest --collect-only -q $(ARGS) >/dev/null 2>&1; \
	$(BIN)/pytest -n $(TEST_JOBS) --databases=$(DATABASES) $(ARGS); tests=$$?; \
	wait $$types; typed=$$?; cat "$$said"; \
	[ $$tests = 0 ] && [ $$typed = 0 ]

lint: .venv/.stamp-dev ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: .venv/.stamp-dev ## put the code into its form
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

run: .venv/.stamp-run ## a whole installation: web, worker and an embedded Redis
	@$(BIN)/newsreel up

emulator: .venv/.stamp-run ## TikTok's place for a Newsreel of this folder: sets up .env; then `make run` elsewhere
	@$(BIN)/newsreel emulator --for .env $(ARGS)

auditpack: .venv/.stamp-dev ## the pictures of /admin/audit-pack, anew: plays TikTok's scenario against the emulator in a Chromium
	$(BIN)/python -m tests.support.audit_pictures

plugin: .venv/.stamp-dev ## public/newsreel-wordpress.zip, anew from public/wordpress
	$(BIN)/python -m tests.support.wordpress_plugin

screenshots: .venv/.stamp-dev ## the pictures of README and help, anew: takes them of the demo in a Chromium
	$(BIN)/python -m tests.support.screenshots

cms: .venv/.stamp-dev ## real CMSes against a real installation, ending in a table; ARGS=wordpress for one of them
	@$(BIN)/python -m tests.cms $(ARGS)

bench: .venv/.stamp-dev ## what it takes, as lines of JSON with ratios; ARGS="follow --postgres" for some of it
	$(BIN)/python -m tests.bench $(ARGS)

torture: .venv/.stamp-dev ## all tests on both databases, fifty deaths at every step, long bursts, a soak of 20 minutes; takes hours
	$(if $(ARGS),,$(BIN)/pytest -n $(TEST_JOBS))
	TORTURE_RUNS=$(TORTURE_RUNS) TORTURE_EXAMPLES=$(TORTURE_EXAMPLES) $(BIN)/pytest -m "torture or not torture" \
		-n $(TORTURE_JOBS) tests/torture tests/ops/test_rotate.py tests/ops/test_migrations.py $(ARGS)
	$(BIN)/pytest -m torture --ignore tests/torture $(ARGS)
	$(BIN)/python -m tests.torture.soak --minutes $(SOAK_MINUTES)
	$(BIN)/python -m tests.torture.soak --minutes $(SOAK_MINUTES) --postgres

migration: .venv/.stamp-dev ## a new migration from the models; M="what changes"
	@test -n "$(M)" || { echo 'say what changes: make migration M="posts get a colour"'; exit 1; }
	$(BIN)/newsreel migrate
	$(BIN)/alembic revision --autogenerate -m "$(M)" \
		--rev-id "$$($(BIN)/python -c 'from app.ops.migrate import head_revision; print(f"{int(head_revision()) + 1:04}")')"
	@$(BIN)/ruff format --quiet migrations && $(BIN)/ruff check --fix --quiet migrations && $(BIN)/ruff format --quiet migrations

clean: ## remove .venv and all caches; data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The first Python that runs: a name on the PATH may be a shim for a version that is not there.
SUITS := -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null

.venv/.stamp-venv:
	@if $(BIN)/python $(SUITS); then touch $@; exit 0; fi; \
	for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
		$$python $(SUITS) || continue; \
		echo "setting up .venv with $$($$python --version)"; \
		$$python -m venv --without-pip --clear .venv && touch $@; exit; \
	done; \
	echo "Python 3.11, 3.12 or 3.13 is needed. Name it with: make PYTHON=/path/to/python"; exit 1

# uv of this machine, else from PyPI by the pip of the Python that made .venv, which itself needs no pip.
define sync
	@PATH="$(CURDIR)/$(BIN):$$PATH"; \
	sync() { command -v uv >/dev/null && uv sync --quiet --frozen --inexact $(1); }; \
	fetch() { "$$($(BIN)/python -c 'import sys; print(sys._base_executable)')" -m pip --python $(BIN)/python \
		install --quiet uv==$(UV_VERSION); }; \
	sync 2>/dev/null || { fetch && sync; }
endef

.venv/.stamp-run: .venv/.stamp-venv uv.lock pyproject.toml
	$(call sync,--no-dev)
	@touch $@

.venv/.stamp-dev: .venv/.stamp-venv uv.lock pyproject.toml
	$(call sync,)
	@touch $@ .venv/.stamp-run
