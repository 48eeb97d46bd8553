# RVU Edge. `make serve` and `make test` need Python 3.11 or newer, git and make; nothing else.

PYTHON ?= python3
PORT ?= 8000
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes
WORKERS := --numprocesses=auto --maxprocesses=4
# Pure modules, typed in full.
TYPED := $(wildcard rvuedge/richtext.py rvuedge/checks.py rvuedge/middleware.py \
	rvuedge/health.py rvuedge/differences.py rvuedge/zips.py rvuedge/spreadsheets.py \
	rvuedge/cards.py rvuedge/icons.py rvuedge/terms.py codes/notices.py \
	codes/medical_words.py codes/mistyped_codes.py codes/payment.py codes/claim.py \
	codes/calculator.py codes/in_force.py codes/credit.py codes/credit_kinds.py \
	codes/sentences.py codes/indicators.py codes/search.py codes/taxonomy.py codes/localities.py \
	codes/charts.py codes/content_checks.py codes/ledger.py codes/side_by_side.py \
	codes/families.py codes/starter.py \
	codes/starter_figures.py codes/api/cursors.py codes/page/*.py codes/fee_schedule/parse/*.py \
	$(addprefix accounts/,pay.py periods.py earnings.py charts.py percentiles.py matching.py \
	likely_causes.py statement_files.py patient_data.py code_changes.py \
	benchmark_file.py survey_file.py ribbon.py medicare_specialties.py) \
	$(addprefix codes/fee_schedule/,archive.py read.py records.py \
	compare.py download.py statistics.py known.py))
CODE := manage.py gunicorn.conf.py rvuedge codes blog accounts tests
STATIC := $(shell find rvuedge codes blog accounts -path '*/static/*' -type f)

.PHONY: help port serve test coverage bench lint format check check-content lock clean

help:
	@echo "make serve     install, migrate, load the starter catalogue, serve on PORT ($(PORT))"
	@echo "make test      the whole suite on SQLite and PostgreSQL (ARGS='tests/codes -k search')"
	@echo "make coverage  the suite on SQLite with branch coverage"
	@echo "make bench     the benchmarks"
	@echo "make lint      ruff, mypy, djlint        make format  let ruff format"
	@echo "make check     Django's deployment checks, as in production"
	@echo "make check-content  what a machine can prove of the starter texts: docs/starter_pages.md"
	@echo "make lock      renew requirements*.txt   make clean   remove what was installed and built"

# Installing -------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "RVU Edge needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "Python's venv module is missing (Debian: apt install python3-venv)."; \
		     rm -rf $(VENV); exit 1; }

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing what requirements.txt locks ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt | $(BIN)/python
	@echo "Installing what requirements-dev.txt locks ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

# This machine's own settings: a secret that nobody else has, and plain HTTP to itself.
.env: | $(BIN)/python
	@umask 077; { echo "# Written by make for this machine alone; .env.example explains the names."; \
		echo "HTTPS=False"; \
		$(BIN)/python -c 'import secrets; print("SECRET_KEY=" + secrets.token_urlsafe(50))'; } > $@

var/.collected: $(STATIC) rvuedge/bundles.py requirements.txt | $(VENV)/.installed .env
	@rm -rf var/static
	@DEBUG=False $(BIN)/python manage.py collectstatic --no-input --verbosity 0
	@touch $@

# Running ----------------------------------------------------------------------------------

port: | $(BIN)/python
	@PORT=$(PORT) $(BIN)/python gunicorn.conf.py

serve: port $(VENV)/.installed .env var/.collected
	@$(BIN)/python manage.py migrate --no-input --verbosity 0
	@$(BIN)/python manage.py load_catalogue
	@$(BIN)/python manage.py load_pages
	@PORT=$(PORT) exec $(BIN)/gunicorn rvuedge.wsgi

test: $(VENV)/.installed-dev
	@$(BIN)/python tests/run.py $(WORKERS) $(ARGS)

coverage: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest $(WORKERS) --cov --cov-report=term $(ARGS)

bench: $(VENV)/.installed-dev
	@$(BIN)/python tests/bench/run.py $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(TYPED)
	$(BIN)/djlint --quiet --lint templates

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix-only $(CODE)
	$(BIN)/ruff format $(CODE)

check: $(VENV)/.installed
	@SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
		ALLOWED_HOSTS=www.example.com HTTPS=True DEBUG=False \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

check-content: $(VENV)/.installed-dev .env
	@$(BIN)/python manage.py check_content
	@$(BIN)/python -m pytest -q --numprocesses=0 tests/blog/test_content.py \
		tests/blog/test_content_checks.py tests/blog/test_post_figures.py \
		tests/blog/test_page_figures.py tests/blog/test_starter.py tests/codes/test_starter.py $(ARGS)

lock: $(VENV)/.installed-dev
	@for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
			--generate-hashes --no-emit-index-url --no-emit-find-links \
			--custom-compile-command "make lock" $$name.in --output-file $$name.txt || exit 1; \
	done

clean:  # the database in var/ stays
	rm -rf $(VENV) var/static var/bundles .coverage* htmlcov .hypothesis \
		.pytest_cache .mypy_cache .ruff_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
