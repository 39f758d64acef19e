# The server's tasks; `make help` lists them.
PYTHON ?= python3
PIP = .venv/bin/python -m pip --quiet --quiet --disable-pip-version-check --no-input
MANAGE = .venv/bin/python manage.py
SOURCES = console keys tests manage.py
# A bundle brings its wheels along, with their hashes.
REQUIREMENTS = $(firstword $(wildcard wheels/requirements.txt) requirements.txt)

.DEFAULT_GOAL := help
.PHONY: help build run bundle test format describe fuzz shots lighthouse bench bench-size bench-workers bench-growth bench-crowd \
	bench-kill bench-storage bench-failover

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

build: .venv/.requirements ## build .venv, all that the server runs on
	@.venv/bin/python -m compileall -q console keys

run: .venv/.requirements ## serve console, REST API and admin (settings: README.md)
	@exec $(MANAGE) up

test: .venv/.tests .venv-otc/.complete ## check style, types, settings and migrations, then run all tests
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/ruff format --check $(SOURCES)
	.venv/bin/mypy
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export DATA_DIR="$$folder" DATABASE_URL= && set -ex && \
	PUBLIC_URL=https://kms.example.org $(MANAGE) check --deploy --fail-level WARNING && \
	$(MANAGE) makemigrations --check --dry-run
	.venv/bin/python -m pytest -n auto --dist loadgroup

format: .venv/.tests ## put the code into its style
	.venv/bin/ruff check --fix $(SOURCES)
	.venv/bin/ruff format $(SOURCES)

describe: .venv/.requirements ## renew tests/api/openapi.json, the description of the API
	DATA_DIR="$${TMPDIR:-/tmp}/describe" $(MANAGE) describeapi --server http://localhost:8000 > tests/api/openapi.json

fuzz: .venv/.tests ## send 5,000 generated requests to the API, as it is described
	FUZZ_REQUESTS=5000 .venv/bin/python -m pytest tests/api/test_fuzz.py -q

shots: .venv/.tests ## take pictures of every page, in both themes and at two widths, to test-results/shots
	.venv/bin/python -m pytest tests/browser/shots.py -q -n auto

lighthouse: .venv/.tests ## have Lighthouse judge list, dialog and details (needs node)
	.venv/bin/python tests/scale/lighthouse.py

bench: .venv/.tests ## measure side by side with OpenBao and moto, into docs/performance.md (needs wrk; BAO, MOTO)
	.venv/bin/python tests/scale/compare.py

bench-size: .venv/.tests ## measure pages, sizes and growth
	.venv/bin/python tests/scale/sizes.py

bench-workers: .venv/.tests ## measure numbers of processes and threads, into docs/performance.md (needs wrk)
	.venv/bin/python tests/scale/workers.py

bench-growth: .venv/.tests ## measure with 100 and with a million keys, into docs/performance.md (needs wrk, 9 GB of disk)
	.venv/bin/python tests/scale/growth.py

bench-crowd: .venv/.tests ## measure 1,000 connections, 200 of them slow, into docs/performance.md (needs wrk)
	.venv/bin/python tests/scale/crowd.py

bench-kill: .venv/.tests ## kill the server under load and look for what it answered, into docs/performance.md
	.venv/bin/python tests/scale/kill.py

bench-storage: .venv/.tests ## measure what keys and traces take, into docs/scaling.md (needs PostgreSQL, 4 GB of disk)
	.venv/bin/python tests/scale/storage.py

bench-failover: .venv/.tests ## kill and switch the primary of two PostgreSQL nodes, into docs/high-availability.md (needs patroni, etcd)
	.venv/bin/python tests/scale/failover.py

bundle: .venv/.requirements ## pack sources and wheels into dist/, to install where there is no network
	@docs/deploy/bundle .venv/bin/python $(REQUIREMENTS) dist

# The stamps stand for an environment that is complete; a changed list of requirements makes it anew.
.venv/.requirements: $(REQUIREMENTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON to it." >&2; exit 1; }
	@echo "Building .venv (once, and whenever $(REQUIREMENTS) changes)"
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) install --requirement $(REQUIREMENTS)
	@touch $@

.venv/.tests: tests/requirements.txt .venv/.requirements
	@echo "Installing what the tests need (once, and whenever tests/requirements.txt changes)"
	@$(PIP) install --requirement tests/requirements.txt
	@touch $@

.venv-otc/.complete: tests/requirements-otc.txt
	@echo "Building .venv-otc, the tests' second client (once, and whenever tests/requirements-otc.txt changes)"
	@$(PYTHON) -m venv --clear .venv-otc
	@$(subst .venv/,.venv-otc/,$(PIP)) install --requirement tests/requirements-otc.txt
	@touch $@

.PHONY: messages
messages: .venv/.tests ## gather the texts to translate and compile the translations (needs GNU gettext)
	$(MANAGE) makemessages -l zh_Hans --no-obsolete --add-location file --no-wrap --ignore tests
	@sed -i.old '/^"POT-Creation-Date:/d' $(CHINESE) && rm $(CHINESE).old
	$(MANAGE) compilemessages -l zh_Hans --ignore .venv --ignore .venv-otc

CHINESE = console/locale/zh_Hans/LC_MESSAGES/django.po
