# The commands of the contract. Everything happens in .venv, which each of them makes when needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run stack test bench fmt lint

$(VENV)/.runtime: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $(VENV)/.runtime $@

run: $(VENV)/.runtime
	@env -u DATABASE_URL -u REDIS_URL $(BIN)/python manage.py run

stack: $(VENV)/.runtime
	@exec $(BIN)/python manage.py stack

bench: $(VENV)/.dev
	@$(BIN)/python -m bench $(BENCH)

fmt: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy aurous accounts billing embeddings

test: $(VENV)/.dev
	@BIN=$(BIN) bash tests/run.sh
