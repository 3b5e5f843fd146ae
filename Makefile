# Everything runs in .venv, which the first call of a target creates. Needs: make, and Python 3.11 or later with venv.
#   make demo       forecast the airline series, print the scores, write forecast.png
#   make test       run all tests; PYTEST_ARGS="-m 'not slow'" narrows them
#   make lint       check style and format; make format mends what can be mended
#   make parity     compare with PyTorch
#   make clients    run a workflow in each of the libraries that drive scikit-learn estimators
#   make coverage   run all tests and report the lines that none of them reached
#   make docs       build the guide in build/site; a warning is an error
#   make bench      run the benchmarks; BENCH_ARGS=--quick only tries them
#   make clean      remove what the above left, but .venv; make distclean removes that too

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python -m
PIP := $(RUN) pip --disable-pip-version-check --no-input
PYTEST := $(RUN) pytest $(PYTEST_ARGS)
# Kernels as plain Python, CUDA kernels in Numba's simulator: small shapes only.
NOJIT := NUMBA_DISABLE_JIT=1 NUMBA_ENABLE_CUDASIM=1

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: demo test lint format parity clients coverage docs bench clean distclean

demo: $(VENV)/.demo
	$(VENV)/bin/rnnforecast demo

test: $(VENV)/.group-test
	$(PYTEST)
	$(NOJIT) $(PYTEST) -m nojit

lint: $(VENV)/.group-lint
	$(RUN) ruff check
	$(RUN) ruff format --check

format: $(VENV)/.group-lint
	$(RUN) ruff check --fix
	$(RUN) ruff format

parity: $(VENV)/.group-test $(VENV)/.group-parity
	$(PYTEST) -m parity

clients: $(VENV)/.group-test $(VENV)/.group-clients
	$(PYTEST) -m clients

coverage: $(VENV)/.group-test
	$(PYTEST) --cov --cov-report=
	$(NOJIT) $(PYTEST) -m nojit --cov --cov-append --cov-report=term --cov-report=html

docs: $(VENV)/.group-docs
	NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict

bench: $(VENV)/.group-bench
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(VENV)/bin/python "$$file" $(BENCH_ARGS) || exit 1; done

# A stamp file stands for each thing that was installed; a change of pyproject.toml installs it again.
# pip knows dependency groups (--group) since 25.1.
$(VENV)/.pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.demo: $(VENV)/.pip pyproject.toml
	$(PIP) install --quiet --editable ".[plot]"
	@touch $@

$(VENV)/.group-%: $(VENV)/.pip pyproject.toml
	$(PIP) install --quiet --group $* --editable .
	@touch $@

clean:
	rm -rf build dist htmlcov .coverage .coverage.* .pytest_cache .ruff_cache forecast.png
	find rnnforecast tests datasets examples benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

distclean: clean
	rm -rf $(VENV)
