# gan-cli: `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help train test test-slow gpu-check lint types check docs tensorboard clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml gan_cli/__init__.py gan_cli/hydra_plugin.py
	@$(PYTHON) -c 'import sys; sys.exit("gan needs Python 3.11 or newer; name one with PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(STAMP)

train: $(STAMP) ## train on scikit-learn's digits in about a minute, and write pictures
	$(BIN)/gan train model=dcgan data=digits discriminator.dropout=0.3 trainer.steps=3000

test: $(STAMP) ## run the fast tests, as many at a time as there are cores, four at most
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist worksteal

test-slow: $(STAMP) ## run the tests that take minutes
	$(BIN)/python -m pytest -m slow

gpu-check: ## test the program on this machine's GPU, in at most seven minutes and offline
	$(if $(wildcard $(STAMP)),$(BIN)/python,$(PYTHON)) tests/gpu/check.py

lint: $(STAMP) ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

check: lint types test ## run all checks that must pass before a commit

docs: $(STAMP) ## update the settings in configs/ and docs/configuration.md from signatures and docstrings
	$(BIN)/python docs/tables/choices.py
	$(BIN)/python docs/tables/configuration.py

tensorboard: $(STAMP) ## show all runs in TensorBoard
	$(BIN)/tensorboard --logdir outputs

clean: ## remove the environment and caches; outputs stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
