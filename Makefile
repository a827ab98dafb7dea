# make demo: the main job on a simulated district, no hardware.   make test: all tests.
# Both set themselves up in .venv from the locked, hashed dependencies.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
JOBS ?= auto

.PHONY: messages demo install test guide campaign conformance suites check format lock bench benchmark-peers clean

demo: .venv/.runtime
	@$(BIN)/sekayu-net demo

install: .venv/.runtime
	@echo "ready: $(BIN)/sekayu-net --help"

test: .venv/.dev
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -q

# Every chapter of the guide in both languages (make test follows a sample). After messages
# changed: .venv/bin/python -m tests.guide --update, then read what git diff shows.
guide: .venv/.dev
	@SEKAYU_GUIDE=all $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -q tests/guide

# The catalogues of messages in step with the code; then translate what it says is left.
messages: .venv/.dev
	@$(BIN)/python -m tests.language.catalogue

# The fault campaign against the undo, whole: each point of each scenario, 40 minutes on one core. The
# seed decides which points a sample takes: make campaign SEED=4 SAMPLE=250, and RELEASE=6.49.18.
SEED ?= 1
campaign: .venv/.dev
	@$(BIN)/python -m tests.campaign.guard --seed $(SEED) $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(RELEASE),--version $(RELEASE))

# All of other people's suites at all versions: some five minutes, most of them waiting.
conformance: .venv/.dev suites
	@SEKAYU_CONFORMANCE=all $(BIN)/python -m pytest -n $(JOBS) -q tests/conformance

# What other people's suites need beyond their packages, at a fixed version and hash: Netmiko's tests
# (in its source distribution), Ansible's collections (in the wheel of `ansible`, 54 MB).
suites: .venv/.suites

.venv/.suites: .venv/.dev requirements.lock tests/conformance/clients/ansible.txt
	@sed -n '/^netmiko==/,/[^\\]$$/p' requirements.lock > .venv/suites.txt
	@$(BIN)/python -m pip download -q --disable-pip-version-check --require-hashes --no-deps \
		--no-binary netmiko --no-build-isolation -d .venv/suites -r .venv/suites.txt
	@$(BIN)/python -m pip download -q --disable-pip-version-check --require-hashes --no-deps \
		--only-binary ansible -d .venv/suites -r tests/conformance/clients/ansible.txt
	@touch $@

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.dev
	$(BIN)/python -m benchmarks.language
	$(BIN)/python -m benchmarks.audit

# Against other people's tools, each in an environment of its own: some twenty minutes. The table
# goes into .venv-peers/; how to read it: benchmarks/README.md.
benchmark-peers: .venv/.dev
	@$(BIN)/python -m benchmarks.peers --out .venv-peers/peers.md

# What pip may install, with hashes, for every Python that the project supports.
lock: .venv/.dev
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.lock
	printf 'hatchling\neditables\n' | $(BIN)/uv pip compile -q --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header -c requirements-dev.lock - -o requirements-build.lock

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "sekayu-net needs Python 3.11 or newer: install it, or name it: make PYTHON=/path/to/python3 …"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "this Python has no venv (on Debian: apt install python3-venv)"; exit 1; }

.venv/.runtime: .venv/bin/python requirements.lock pyproject.toml
	@echo "installing sekayu-net into .venv (once) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-build.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	@echo "installing the test tools into .venv (once) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
