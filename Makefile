# Each target makes .venv and installs what it needs first. `make app PYTHON=...` names a Python of your own, 3.11 or 3.12.
SUITS := import sys, venv; sys.exit(sys.version_info[:2] not in {(3, 11), (3, 12)})
PYTHON := $(shell for p in python3.11 python3.12 python3; do $$p -c "$(SUITS)" 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Tests are compiled once, and not by each process of each run, whatever the environment says
unexport PYTHONDONTWRITEBYTECODE

.PHONY: app site quick test test-scale test-docs test-ranges lint bench clean screenshots

app: .venv/app
	$(BIN)/python app.py $(ARGS)

# The static site, written and served; make site ARGS="--face me/mmsent-face@v1" PORT=9000
SITE := build/site
PORT := 8000

site: .venv/app
	$(BIN)/python -m mmsent site $(SITE) $(ARGS)
	@echo "Open http://localhost:$(PORT)"
	$(BIN)/python -u -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

# Two processes at a time; what may not run at the same time is one group (tests/tiers.py), and the longest groups begin.
PYTEST := -m pytest -n 2 --dist loadfile --no-loadscope-reorder
QUICK := $(PYTEST) -m "not slow" tests/unit tests/train tests/page

quick: .venv/dev
	$(BIN)/python $(QUICK)

test: lint
	@sh tests/install_packages.sh
	$(BIN)/python $(PYTEST) -m "not scale"

test-scale: .venv/dev .venv/ray
	$(BIN)/python -m pytest -m scale

test-docs: .venv/dev
	@sh tests/install_packages.sh chromium
	$(BIN)/python -m pytest tests/docs_smoke.py -rs

# The quick tests with the newest and with the lowest versions that the requirements allow, both as ZeroGPU's Spaces have them:
# on Python 3.12, with the newest and the lowest PyTorch that ZeroGPU supports. uv looks for that Python.
RANGES := .cache/ranges

test-ranges: test-ranges-highest test-ranges-lowest-direct

test-ranges-highest: TORCH := torch==2.11.*
test-ranges-lowest-direct: TORCH := torch==2.8.*
test-ranges-%: $(RANGES)/uv/bin/uv
	@sh tests/install_packages.sh
	$< venv --quiet --clear --python 3.12 $(RANGES)/$*
	$< pip install --quiet --python $(RANGES)/$*/bin/python --resolution $* "$(TORCH)" \
		--requirement requirements.txt --requirement requirements-train.txt --requirement requirements-dev.txt
	$(RANGES)/$*/bin/python $(QUICK)

$(RANGES)/uv/bin/uv: constraints.txt
	$(PYTHON) -m venv $(RANGES)/uv
	$(RANGES)/uv/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt uv

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/oxlint --deny-warnings mmsent tests docs/examples/*.js
	$(BIN)/oxfmt --check mmsent tests
	$(BIN)/hadolint Dockerfile

bench: .venv/dev
	@sh tests/install_packages.sh chromium
	$(BIN)/python -m bench.live
	$(BIN)/python -m bench.review
	$(BIN)/python -m bench.live_browser

screenshots: .venv/dev
	@sh tests/install_packages.sh chromium
	$(BIN)/python -m bench.screenshots

clean:
	rm -rf .venv

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "mmsent needs Python 3.11 or 3.12 with venv; name one with: make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/app: .venv/bin/python requirements.txt constraints.txt
	$(PIP) --requirement requirements.txt
	touch $@

.venv/dev: .venv/bin/python requirements.txt requirements-train.txt requirements-dev.txt constraints.txt
	$(PIP) --requirement requirements.txt --requirement requirements-train.txt --requirement requirements-dev.txt
	touch $@ .venv/app

.venv/ray: .venv/bin/python requirements.txt requirements-ray.txt constraints.txt
	$(PIP) --requirement requirements.txt --requirement requirements-ray.txt
	touch $@
