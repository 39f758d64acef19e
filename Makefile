# The server's tasks; `make help` lists them.
PYTHON ?= python3
PIP = .venv/bin/python -m pip --quiet --quiet --disable-pip-version-check --no-input
# Only what has a hash of the list, and only wheels: to build a source, pip fetches tools that no list pins.
INSTALL = $(PIP) install --require-hashes --only-binary :all: --requirement
# Of which a test imports little: that is compiled then.
INSTALL_CLIENTS = $(subst --requirement,--no-compile --requirement,$(INSTALL))
MANAGE = .venv/bin/python manage.py
SOURCES = console keys integrations tests manage.py
# A bundle brings its wheels along, with their hashes.
REQUIREMENTS = $(firstword $(wildcard wheels/requirements.txt) requirements.txt)
SBOM = wheels/kms.cdx.json
LISTS = requirements.txt tests/requirements.txt tests/requirements-otc.txt $(ENGINES) tests/requirements-tools.txt
ENGINES = tests/requirements-engines.txt tests/requirements-engines-sources.txt

.DEFAULT_GOAL := help
.PHONY: help build run bundle requirements licences sbom audit test types rules format describe fuzz shots lighthouse bench bench-size bench-workers bench-growth bench-crowd \
	bench-storage bench-failover bench-objects torture

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

build: .venv/.requirements ## build .venv, all that the server runs on
	@.venv/bin/python -m compileall -q console keys

run: .venv/.requirements ## serve console, REST API and admin (settings: README.md)
	@exec $(MANAGE) up

test: .venv/.tests .venv-otc/.complete .venv-engines/.complete ## check style, security rules, types, settings and migrations, then run all tests
	@$(MAKE) --no-print-directory --jobs 2 types rules
	.venv/bin/python -m pytest -n auto --dist loadgroup

types: .venv/.tests
	.venv/bin/mypy

rules: .venv/.tests
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/ruff format --check $(SOURCES)
	.venv/bin/bandit --quiet --recursive --configfile pyproject.toml console keys integrations manage.py
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export DATA_DIR="$$folder" DATABASE_URL= && set -ex && \
	PUBLIC_URL=https://kms.example.org $(MANAGE) check --deploy --fail-level WARNING && \
	$(MANAGE) makemigrations --check --dry-run

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

bench-storage: .venv/.tests ## measure what keys and traces take, into docs/scaling.md (needs PostgreSQL, 4 GB of disk)
	.venv/bin/python tests/scale/storage.py

bench-failover: .venv/.tests ## kill and switch the primary of two PostgreSQL nodes, into docs/high-availability.md (needs patroni, etcd)
	.venv/bin/python tests/scale/failover.py

bench-objects: .venv/.tests .venv-engines/.complete ## measure objects with and without a key, into docs/integrations/object-storage.md (needs Ceph, nginx)
	.venv/bin/python tests/scale/objects.py

torture: .venv/.tests ## kill, fill, corrupt, forge and storm, in full, into docs/reliability.md (an hour; PostgreSQL, faketime)
	.venv/bin/python tests/torture/run.py

# A bundle that is made of a bundle has its SBOM, and needs no more than the server.
bundle: $(if $(wildcard $(SBOM)),.venv/.requirements,.venv/.tests) ## pack sources, wheels and SBOM into dist/, to install where there is no network
	@docs/deploy/bundle .venv/bin/python $(REQUIREMENTS) dist

# What is pinned stays as it is, as long as pyproject.toml allows; UPGRADE renews it. After a merge take either side of
# each list, and make this.
requirements: .venv-tools/.complete ## pin with hashes what pyproject.toml names and what that brings along (UPGRADE="--upgrade-package NAME" or --upgrade)
	@$(call pin,server,requirements.txt)
	@$(call pin,tests --constraints requirements.txt,tests/requirements.txt)
	@$(call pin,otc,tests/requirements-otc.txt)
	@$(call pin,engines --no-emit-package simplegeneric,tests/requirements-engines.txt)
	@$(call pin,engines-sources --no-deps,tests/requirements-engines-sources.txt)
	@$(call pin,tools,tests/requirements-tools.txt)

licences: .venv/.tests ## renew docs/licences.md, whose licences what the server runs on is under
	.venv/bin/python -m tests.supply.licences

sbom: .venv/.tests ## list what the server runs on, in CycloneDX, into dist/
	@mkdir -p dist
	SOURCE_DATE_EPOCH="$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null)}" \
	.venv/bin/python -m tests.supply.sbom $(REQUIREMENTS) dist/kms.cdx.json

audit: .venv-tools/.complete ## ask PyPI for known vulnerabilities of all that is pinned (AUDIT="--vulnerability-service osv" asks OSV)
	@.venv-tools/bin/python tests/supply/audit.py $(LISTS) -- $(AUDIT)

# The stamps stand for an environment that is complete; a changed list of requirements makes it anew.
.venv/.requirements: $(REQUIREMENTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON to it." >&2; exit 1; }
	@echo "Building .venv (once, and whenever $(REQUIREMENTS) changes)"
	@$(PYTHON) -m venv --clear .venv
	@$(INSTALL) $(REQUIREMENTS)
	@touch $@

.venv/.tests: tests/requirements.txt .venv/.requirements
	@echo "Installing what the tests need (once, and whenever tests/requirements.txt changes)"
	@$(INSTALL) tests/requirements.txt
	@touch $@

.venv-otc/.complete: tests/requirements-otc.txt
	@echo "Building .venv-otc, the tests' second client (once, and whenever tests/requirements-otc.txt changes)"
	@$(PYTHON) -m venv --clear .venv-otc
	@$(subst .venv/,.venv-otc/,$(INSTALL_CLIENTS)) tests/requirements-otc.txt
	@touch $@

.venv-engines/.complete: $(ENGINES)
	@echo "Building .venv-engines, the clients of the services that use keys (once, and whenever $(word 1,$(ENGINES)) changes)"
	@$(PYTHON) -m venv --clear .venv-engines
	@$(subst --requirement,--no-deps --requirement,$(subst .venv/,.venv-engines/,$(INSTALL_CLIENTS))) tests/requirements-engines.txt
	@$(subst --only-binary :all:,--no-binary :all: --no-build-isolation --no-deps,$(subst .venv/,.venv-engines/,$(INSTALL))) tests/requirements-engines-sources.txt
	@touch $@

.venv-tools/.complete: tests/requirements-tools.txt
	@echo "Building .venv-tools, which pins and audits (once, and whenever tests/requirements-tools.txt changes)"
	@$(PYTHON) -m venv --clear .venv-tools
	@$(subst .venv/,.venv-tools/,$(INSTALL)) tests/requirements-tools.txt
	@touch $@

# pin GROUP, LIST: a list that comes out as it was keeps its time, so that no environment is made anew. For every
# platform and every Python from 3.11 on, and without the address it was fetched from.
define pin
set -e; new=$$(mktemp); trap 'rm -f "$$new"' EXIT; cp $(2) "$$new"; \
UV_CUSTOM_COMPILE_COMMAND="make requirements" .venv-tools/bin/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --annotation-style line --no-emit-index-url --no-emit-find-links $(UPGRADE) \
  --group $(1) --output-file "$$new" >/dev/null; \
cmp -s "$$new" $(2) || { cp "$$new" $(2); echo "$(2) changed"; }
endef

.PHONY: messages
messages: .venv/.tests ## gather the texts to translate and compile the translations (needs GNU gettext)
	$(MANAGE) makemessages -l zh_Hans --no-obsolete --add-location file --no-wrap --ignore tests
	@sed -i.old '/^"POT-Creation-Date:/d' $(CHINESE) && rm $(CHINESE).old
	$(MANAGE) compilemessages -l zh_Hans --ignore .venv --ignore .venv-otc --ignore .venv-engines --ignore .venv-tools

CHINESE = console/locale/zh_Hans/LC_MESSAGES/django.po
