# make run: a site with data on http://127.0.0.1:5000. make test: what the CI runs.
# Both may be run again: they do only what is left to do.

PYTHON ?= python3
VENV := .venv
FLASK := $(VENV)/bin/flask
PIP := $(VENV)/bin/pip install -qq --no-input --disable-pip-version-check

SENTENCES := $(wildcard app/translations/*/LC_MESSAGES/*.po)
TRANSLATIONS := $(SENTENCES:.po=.mo)
# What browsers load: both are made by the application, from what npm installed.
ASSETS := app/static/svg/icons.svg app/static/css/site.css

.PHONY: help run run-inside idp ready test check fix lab bench screenshots
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo 'make run    the site and its worker, with data, on http://127.0.0.1:5000'
	@echo 'make run-inside   the same, as a new device of the residence sees it'
	@echo 'make idp    in a second terminal: the school, to log in as students who do not exist'
	@echo 'make test   make check, then all the tests on SQLite, PostgreSQL and MariaDB'
	@echo 'make lab    the whole network, in namespaces of its own: root only'
	@echo 'make bench  how fast it is on this machine: tables in bench/results/'
	@echo 'make check  format, style, types, imports, templates'
	@echo 'make fix    repair what can be repaired by a tool'
	@echo 'One database, some tests: $(VENV)/bin/python -m tests.databases --only mariadb tests/core'
	@echo 'Another Python than $(PYTHON): make run PYTHON=python3.12'

run: $(VENV)/.run $(ASSETS) $(TRANSLATIONS) .env
	$(FLASK) db upgrade
	$(FLASK) demo load
	@sandbox=; grep -q '^LYDIA_BASE_URL=sandbox$$' .env && { $(VENV)/bin/python -m lydia_sandbox & sandbox=$$!; }; \
	$(FLASK) worker & worker=$$!; $(FLASK) run --host 127.0.0.1 --port 5000 & site=$$!; \
	trap 'kill $$sandbox $$worker $$site 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM HUP; wait $$site

ready: $(VENV)/.dev $(ASSETS) $(TRANSLATIONS)

test: check $(ASSETS) $(TRANSLATIONS)
	$(VENV)/bin/python -m tests.databases

check: $(VENV)/.dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/djlint --check --lint app idp_sandbox lydia_sandbox

# A gateway, an Internet and clients, made and removed: without root, it says so and does nothing.
lab: $(VENV)/.dev $(ASSETS) $(TRANSLATIONS)
	$(VENV)/bin/python -m tests.lab

# Nothing fails for being slow: it is looked at.
bench: $(VENV)/.dev $(ASSETS) $(TRANSLATIONS)
	$(VENV)/bin/python -m tools.bench_photos
	$(VENV)/bin/python -m tools.bench_bar
	$(VENV)/bin/python -m tools.bench_club_q

fix: $(VENV)/.dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	-$(VENV)/bin/djlint --quiet --reformat app idp_sandbox lydia_sandbox

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or later is needed, and $(PYTHON) is not. Name another: make PYTHON=python3.12" >&2; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run: requirements.txt $(VENV)/pyvenv.cfg
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt $(VENV)/pyvenv.cfg
	$(PIP) -r requirements-dev.txt
	@touch $(VENV)/.run $@

node_modules/.done: package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is needed, with Node.js 20 or later." >&2; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

app/static/svg/icons.svg: node_modules/.done app/cli/assets.py | $(VENV)/.run .env
	$(FLASK) assets install
	@touch $@

app/static/css/site.css: $(shell find app -name '*.scss') node_modules/.done app/cli/assets.py | $(VENV)/.run .env
	$(FLASK) sass compile
	@touch $@

%.mo: %.po | $(VENV)/.run
	$(VENV)/bin/pybabel -q compile -i $< -o $@

# A new resident, in the residence, with a device that nobody knows.
run-inside: export FORCE_IP = 10.0.0.101
run-inside: export FORCE_MAC = 3c:22:fb:0a:1b:2c
run-inside: run

# It needs what tests need; a site started after it knows of it, by .env.
idp: $(VENV)/.dev .env
	@mkdir -p instance
	@grep -q '^SAML_IDP_METADATA_' .env || printf '%s\n' SAML_IDP_METADATA_FILE=$(CURDIR)/instance/idp-sandbox.xml \
	  SAML_SP_ENTITY_ID=http://127.0.0.1:5000/saml/metadata >> .env
	@exec $(VENV)/bin/python -m idp_sandbox

screenshots: $(VENV)/.dev $(ASSETS) $(TRANSLATIONS)
	$(VENV)/bin/python -m tools.screenshots

.env:
	printf '%s\n' MODE=development MAIL_SUPPRESS_SEND=1 DHCP_HOSTS_FILE=instance/dhcp-hosts.conf \
	  LYDIA_BASE_URL=sandbox GRI_IBAN=FR1420041010050500013M02606 > $@
