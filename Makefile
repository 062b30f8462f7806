# Everything that is typed in this project. `make` alone lists the targets.
# Python 3.11 and make are all that a fresh machine needs; `make demo` sets up the rest.

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= $(shell nproc)
READY  := $(VENV)/.ready
PEERS  := .venv-bench/.ready
SPARK  := .venv-spark/.ready

export DO_NOT_TRACK = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test thorough lint unit browser spark bench bench-large coverage recall identity changes kills ordeal lock sbom supply docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# Only what requirements.lock has a hash of, only wheels; then the project itself, which fetches nothing. The lock is the
# whole list, so pip resolves nothing (it would stumble over mashumaro[msgpack]); pip check says whether it is whole.
$(READY): pyproject.toml requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "需要 Python 3.11 / Python 3.11 is needed (make PYTHON=/path/to/python3.11)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	$(BIN)/pip check --disable-pip-version-check
	@touch $@

setup: $(READY) ## make .venv with the locked versions

demo: $(READY) ## a realistic province end to end: sample, land, build, publish, serve
	$(BIN)/skillsdw up

test: $(READY) ## every test but the slow ones
	$(MAKE) -j2 --output-sync=target lint unit
	$(MAKE) browser

lint: $(READY) ## form of Python (ruff) and SQL (SQLFluff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --disable-progress-bar models
	cd audits && ../$(BIN)/sqlfluff lint --disable-progress-bar .

thorough: test ## every test, the slow ones too: real builds killed, read while they are made, without a network
	$(BIN)/pytest -m slow -n $(JOBS) --dist loadfile --no-loadscope-reorder

unit: $(READY) ## pytest and dbt's unit tests, all but the browser and the slow ones
	$(BIN)/pytest -m 'not browser and not slow' -n $(JOBS) --dist loadfile --no-loadscope-reorder

browser: $(READY) ## the dashboard in a real headless Chromium
	$(BIN)/pytest -m 'browser and not slow' -n $(JOBS)

# What the benchmark compares with, never needed otherwise; PostgreSQL 15 and Java 17 are Debian's.
$(PEERS): benchmarks/constraints.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --requirement benchmarks/constraints.txt
	@touch $@

# The extra `spark`, in an environment of its own: whoever does not want Spark never has it.
$(SPARK): pyproject.toml constraints.txt constraints-spark.txt
	$(PYTHON) -m venv .venv-spark
	.venv-spark/bin/pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat \
	  --constraint constraints.txt --constraint constraints-spark.txt --editable '.[spark]' pytest hypothesis psutil
	@touch $@

spark: $(SPARK) ## the marts of DuckDB and of Spark compared row for row, docs/spark-equal.md
	.venv-spark/bin/python -m benchmarks.engines --sessions 60000 --out docs/spark-equal.md

bench: $(READY) $(PEERS) ## the benchmark at 600,000 sessions: hand-written SQL, Polars, pandas, PostgreSQL, Spark
	$(BIN)/python -m benchmarks.run --sessions 600000

bench-large: $(READY) $(PEERS) ## the benchmark at 600,000 and 6,000,000 sessions, docs/benchmarks.md
	$(BIN)/python -m benchmarks.run --sessions 600000 --sessions 6000000 --out docs/benchmarks.md

coverage: $(READY) ## how often the projection's 80 % interval holds, on 400 simulated provinces
	$(BIN)/python -m benchmarks.coverage --years 400

recall: $(READY) ## recall and precision of every rule and refusal on 600,000 sessions with known faults
	$(BIN)/python -m benchmarks.recall --sessions 600000

identity: $(READY) ## false alarms of the identity detector on 600,000 clean values a numbering scheme, and its cost
	$(BIN)/python -m benchmarks.identity --rows 600000

changes: $(READY) ## builds of changes against builds of everything, over 300 random sequences of batches
	SKILLSDW_SEQUENCES=300 $(BIN)/pytest -n $(JOBS) tests/changes

kills: $(READY) ## a real build killed at ten random moments: what is served stays, the next build succeeds
	SKILLSDW_KILLS=10 $(BIN)/pytest -s tests/publish/test_killed_build.py

ordeal: $(READY) ## bad days, hostile files, closed doors, many readers: every promise tried, docs/ordeals.md; AREA=disclosure for one area
	$(BIN)/python -m ordeals --seed $(or $(SEED),2025) $(if $(AREA),--area $(AREA),--out docs/ordeals.md)

lock: $(READY) ## requirements.lock anew from constraints.txt: every wheel with its hash
	$(BIN)/python -m supply.lock

sbom: $(READY) ## docs/sbom.cdx.json anew: every package with version, licence, hashes (CycloneDX)
	$(BIN)/python -m supply.sbom

supply: $(READY) ## ask the registry of every package: yanked, abandoned, known vulnerabilities
	$(BIN)/python -m supply.lock --check
	$(BIN)/python -m supply.check

docs: $(READY) ## write docs/dictionary.md and docs/audit.md anew from what they describe
	$(BIN)/python -m skillsdw.dictionary
	$(BIN)/python -m audits.guide

clean: ## remove what the project made, the data of the demo included
	rm -rf $(VENV) data target logs .pytest_cache .ruff_cache .hypothesis
