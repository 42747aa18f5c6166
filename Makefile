# Everything a user or a developer does; `make demo` and `make test` are the two to know.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= home/demo
RECORDS ?= 200_000
PORT ?= 5006

.PHONY: demo test setup lint bench lock lab clean

demo: setup ## a synthetic province (演示数据), served at http://localhost:5006
	$(BIN)/shuju demo --records $(RECORDS) --home $(HOME_DIR) --seed 1 --port $(PORT)

test: setup ## every test; browser tests skip where no Chromium is installed
	$(BIN)/pytest -n 2 --dist loadscope

setup: $(VENV)/.ready ## the environment in .venv

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "shuju needs Python 3.11 or newer; call: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep -o '^uv==[^ ;]*' requirements.lock)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	  || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

lint: setup ## ruff, import floors, the catalog
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/shuju check

bench: setup ## benchmarks beside their peers; small sizes (docs/benchmarks.md tells the full ones)
	$(BIN)/python -m bench

lock: setup ## pin the dependencies anew, with hashes and without addresses
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --output-file requirements.lock

lab: setup ## JupyterLab on the notebooks, with the library at hand
	SHUJU_HOME=$(abspath $(HOME_DIR)) $(BIN)/jupyter lab --notebook-dir notebooks

clean: ## remove the environment, the demo province and compiled kernels
	rm -rf $(VENV) $(HOME_DIR) lib/shuju/__pycache__/kernels-*
