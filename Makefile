# The commands of the contract. Everything happens in .venv, which each of them makes when needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# uv installs what pip takes minutes for in seconds. It reads no configuration of pip's, so where to
# find packages is handed on.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 && \
	VIRTUAL_ENV=$(CURDIR)/$(VENV) UV_FIND_LINKS="$(PIP_FIND_LINKS)" \
	$(BIN)/uv pip install --quiet

# `make bench GPU=1` measures the engines on a GPU, with weights of full size and random numbers.
# `make run VISION=tiny` also serves the vision model, with tiny random weights.
VISION ?=

.PHONY: run stack test bench fmt lint sdk-clients css tour

$(VENV)/.runtime: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements-dev.txt
	touch $(VENV)/.runtime $@

# Other packages' clients, which the tests run against the API: not ours to import, so each kind has a
# place of its own. The pins are complete: uv has nothing to work out, and checks it afterwards.
$(VENV)-sdk/.installed: tests/sdk/requirements.txt $(VENV)/.dev
	test -x $(VENV)-sdk/bin/python || $(PYTHON) -m venv $(VENV)-sdk
	VIRTUAL_ENV=$(CURDIR)/$(VENV)-sdk UV_FIND_LINKS="$(PIP_FIND_LINKS)" $(BIN)/uv pip install --quiet --no-deps -r $<
	VIRTUAL_ENV=$(CURDIR)/$(VENV)-sdk $(BIN)/uv pip check --quiet
	touch $@

tests/sdk/js/node_modules/.installed: tests/sdk/js/package.json tests/sdk/js/package-lock.json
	cd tests/sdk/js && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	touch $@

# The dashboard's style sheet. It is committed: only who changes a template or a style needs npm.
aurous/styles/node_modules/.installed: aurous/styles/package.json aurous/styles/package-lock.json
	cd aurous/styles && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	touch $@

css: aurous/styles/node_modules/.installed
	cd aurous/styles && npx tailwindcss -i dashboard.css -o ../static/aurous/dashboard.css --minify

# The pictures of docs/tour. Needs Chromium.
tour: $(VENV)/.dev
	$(BIN)/python -m tests.browser.tour

sdk-clients: $(VENV)-sdk/.installed $(if $(shell command -v npm 2>/dev/null),tests/sdk/js/node_modules/.installed aurous/styles/node_modules/.installed)

run: $(VENV)/.runtime
	@env -u DATABASE_URL -u REDIS_URL $(BIN)/python manage.py run --vision "$(VISION)"

stack: $(VENV)/.runtime
	@exec $(BIN)/python manage.py stack

bench: $(VENV)/.dev
	@$(BIN)/python -m $(if $(GPU),bench.gpu,bench) $(BENCH)

fmt: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy aurous accounts billing embeddings

test: $(VENV)/.dev
	@BIN=$(BIN) bash tests/run.sh
