# make run: a site with data on http://127.0.0.1:5000. make test: what the CI runs.
# Both may be run again: they do only what is left to do.

PYTHON ?= python3
VENV := .venv
FLASK := $(VENV)/bin/flask
INSTALL := pip install -qq --no-input --disable-pip-version-check --require-hashes
PIP := $(VENV)/bin/$(INSTALL)
# What looks at the packages, and the scanner: each apart, as neither is the site's.
AUDIT := .venv-audit
SCAN := .venv-scan

SENTENCES := $(wildcard app/translations/*/LC_MESSAGES/*.po)
TRANSLATIONS := $(SENTENCES:.po=.mo)
# What browsers load: both are made by the application, from what npm installed.
ASSETS := app/static/svg/icons.svg app/static/css/site.css

# Where the site is installed, and what is released there, if not the last of its source.
SITE ?= /srv/pc-est-magique
REV ?=
RELEASE := $(PYTHON) tools/release --root $(SITE)

.PHONY: install deploy update rollback install-drill
.PHONY: help run run-inside idp ready test check fix lab bench bench-accept chaos screenshots pins sbom audit scan
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo 'make run    the site and its worker, with data, on http://127.0.0.1:5000'
	@echo 'make run-inside   the same, as a new device of the residence sees it'
	@echo 'make idp    in a second terminal: the school, to log in as students who do not exist'
	@echo 'make install    a site in $(SITE), on an embedded database; make deploy: what is here, there'
	@echo 'make update     what its source has by now, without a lost request; make rollback: the release before'
	@echo 'make test   make check, then all the tests on SQLite, PostgreSQL and MariaDB'
	@echo 'make lab    the whole network, in namespaces of its own: root only'
	@echo 'make install-drill   docs/install.md, line by line, in a bare Debian of its own: root only'
	@echo 'make bench  how fast it is on this machine: tables in bench/results/'
	@echo 'make chaos  break it in every way under load, and prove that nothing was lost'
	@echo 'make check  format, style, types, imports, templates, faults of security'
	@echo 'make audit  known vulnerabilities of what is installed; make sbom: what is shipped; make scan: a scanner'
	@echo 'make pins   after a change of requirements*.in'
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
	$(VENV)/bin/bandit -q -c pyproject.toml -r app idp_sandbox lydia_sandbox tools

# For who installs and updates: no development environment is made. docs/operations.md
install:
	$(RELEASE) install $(CURDIR)

deploy:
	$(RELEASE) update --from $(CURDIR)

update:
	$(RELEASE) update $(REV)

rollback:
	$(RELEASE) rollback $(REV)

# A gateway, an Internet and clients, made and removed: without root, it says so and does nothing.
lab: $(VENV)/.dev $(ASSETS) $(TRANSLATIONS)
	$(VENV)/bin/python -m tests.lab

# A system made from Debian's packages, with its network and its processes; nothing of it is left.
install-drill: $(VENV)/.dev
	$(VENV)/bin/python -m tests.install

# Nothing fails for being slow: it is looked at. make bench BENCH="--quick --only pages" is shorter.
bench: $(VENV)/.dev $(ASSETS) $(TRANSLATIONS)
	$(VENV)/bin/python -m tools.bench $(BENCH)

# The last run is what the next ones are compared with.
bench-accept: $(VENV)/.dev
	$(VENV)/bin/python -m tools.bench --accept

# The site under load with everything that may happen to servers (docs/chaos.md); root, for all of it.
# make chaos CHAOS="--faults 20 --only database" is shorter.
chaos: $(VENV)/.dev $(ASSETS) $(TRANSLATIONS)
	$(VENV)/bin/python -m tools.chaos $(CHAOS)

# After a change of requirements*.in: what is installed, to the last package, with its digests.
pins: $(AUDIT)/.done
	@for name in requirements requirements-dev requirements-audit requirements-scan; do \
	  $(AUDIT)/bin/uv pip compile --quiet --universal --generate-hashes --emit-build-options --python-version 3.11 \
	    --custom-compile-command 'make pins' $$name.in -o $$name.txt || exit 1; done

# What is shipped, and under which licences: sbom/pc-est-magique.cdx.json, docs/licences.md.
sbom: $(VENV)/.dev $(AUDIT)/.done node_modules/.done
	$(VENV)/bin/python -m tools.licences
	$(AUDIT)/bin/python -m tools.sbom --python $(VENV)/bin/python

# "Error 3" where no database of vulnerabilities is reached: that is no success.
audit: $(AUDIT)/.done package-lock.json
	@$(AUDIT)/bin/python -m tools.audit

# What a scanner finds as a visitor and as a resident: bench/results/scan-*.json.
scan: $(VENV)/.dev $(SCAN)/.done $(ASSETS) $(TRANSLATIONS)
	$(VENV)/bin/python -m tools.scan --scanner $(CURDIR)/$(SCAN)/bin/wapiti

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

$(AUDIT)/.done: requirements-audit.txt
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/$(INSTALL) -r requirements-audit.txt
	@touch $@

$(SCAN)/.done: requirements-scan.txt
	$(PYTHON) -m venv $(SCAN)
	$(SCAN)/bin/$(INSTALL) -r requirements-scan.txt
	@touch $@

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
