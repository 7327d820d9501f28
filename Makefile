# Everything runs in .venv, which is made and renewed only when requirements change.

PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.runtime-stamp
DEVELOPMENT := .venv/.development-stamp
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check bench torture screenshots lock clean

run: $(RUNTIME)
	@exec $(BIN)/flask demo serve

# Bytecode is kept: the tests start some hundred programs.
test: $(DEVELOPMENT)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

check: $(DEVELOPMENT)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	    DATA_DIR="$$folder" DATABASE_URL="sqlite:///$$folder/heed.db" \
	    $(BIN)/flask db check
	@sh .ci/audit $(BIN)/pip-audit

bench: $(DEVELOPMENT)
	$(BIN)/python -m bench

torture: $(DEVELOPMENT)
	$(BIN)/python -m pytest -n 2 -m slow

screenshots: $(DEVELOPMENT)
	$(BIN)/python -m tests.site.screenshots

# Pinned with hashes for every platform; no index is named in the result.
lock: $(DEVELOPMENT)
	for name in requirements requirements-dev; do \
	    $(BIN)/uv pip compile --quiet --generate-hashes --universal \
	        --python-version 3.11 --no-emit-index-url --no-header \
	        --output-file $$name.txt $$name.in || exit 1; \
	done

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	$(PYTHON) -m venv .venv

# pip is told nothing of an index: the machine's own configuration decides.
$(RUNTIME): requirements.txt | .venv/bin/python
	$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt | .venv/bin/python
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@ $(RUNTIME)
