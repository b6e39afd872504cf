# make run: install what is missing, start Homegrown. make test: every check and test. GNU make 3.81 or newer.
PYTHON ?= python3
PY := .venv/bin/python
PYTEST := $(PY) -m pytest
WORKERS ?= 2
CHROMIUM ?= $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name) 2>/dev/null)))

.PHONY: run demo setup setup-dev test check test-unit test-model test-browser bench-serving bench-night bench-kills bench-learning bench-calibration bench-extraction bench-faults bench-attacks bench-memory bench-planner bench-parity bench-mlx-night train-judge clean
.NOTPARALLEL:

run: setup
	@$(PY) app.py $(ARGS)

demo: setup
	@$(PY) app.py serve --demo $(ARGS)

setup:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "Python is missing: install Python 3.11, 3.12 or 3.13 (Debian, Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python@3.12) and run make again."; exit 2; }
	@$(PYTHON) install.py

setup-dev:
	@$(PYTHON) install.py --dev

test: check test-unit test-model test-browser
	@echo "== All checks and tests passed"

check: setup-dev
	@echo "== Format, lint, types"
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

test-unit: setup-dev
	@echo "== Unit tests"
	@$(PYTEST) -n $(WORKERS) -m "not model and not browser"

test-model: setup-dev
	@echo "== Tests with the real model"
	@$(PYTEST) -m model

test-browser: setup-dev
	@echo "== Tests in a real browser"
	@if [ -n "$(CHROMIUM)" ]; then CHROMIUM="$(CHROMIUM)" $(PYTEST) -n $(WORKERS) -m browser; \
	elif [ "$(CI)" = true ]; then echo "No Chromium was found, and CI must not skip these tests."; exit 1; \
	else echo "Skipped: no Chromium was found. Install it (Debian, Ubuntu: sudo apt install chromium) or name one: make test CHROMIUM=/path/to/chrome"; fi

bench-serving: setup
	@$(PY) -m bench.serving --json docs/results/serving.json $(ARGS)

bench-night: setup
	@$(PY) -m bench.night --json docs/results/night.json $(ARGS)

bench-kills: setup
	@$(PY) -m bench.engine_kills --json docs/results/engine-kills.json $(ARGS)

bench-extraction: setup
	@$(PY) -m bench.memory_extraction --json docs/results/memory-extraction.json $(ARGS)

train-judge: setup
	@$(PY) -m bench.train_judge $(ARGS)

bench-calibration: setup
	@$(PY) -m bench.calibration --json docs/results/calibration.json $(ARGS)

bench-faults: setup
	@$(PY) -m bench.faults $(ARGS)

bench-attacks: setup-dev
	@$(PY) -m bench.attacks --json docs/results/attacks.json $(ARGS)

bench-memory: setup
	@$(PY) -m bench.memory --json docs/results/memory.json $(ARGS)

bench-planner: setup
	@$(PY) -m bench.planner --json docs/results/planner.json $(ARGS)

bench-parity: setup-dev
	@$(PY) -m bench.parity --json docs/results/parity.json $(ARGS)

bench-mlx-night: setup-dev
	@$(PY) -m bench.mlx_night --json docs/results/mlx-night.json $(ARGS)

bench-learning: setup-dev
	@$(PY) -m bench.learning $(ARGS)

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
