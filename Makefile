# The two commands of the README are demo and test. Everything else is a part of them.
#
# make demo         bring up a fleet of real hosts on this machine, deploy v1, then v2 under load, and say what happened
# make test         lint, unit, integration and end-to-end tests, and the quick part of the fault suite
# make test-all     the same, with what takes long
# make quick        lint, the unit tests on the newest ansible-core, one rollout on a lab: within three minutes
# make test-faults  break a rollout at each of its steps, and run the same command again
# make lab          the fleet alone, to try things on; make lab-down removes it
# make bench        the time of a deploy, beside the floor and the recipe in use today

SHELL       := /bin/bash
PYTHON      ?= python3
BIN         := .venv/newest/bin
COLLECTIONS := $(CURDIR)/.venv/collections
PYTEST      := PYTHONPATH=$(COLLECTIONS) $(BIN)/python -m pytest
export ANSIBLE_COLLECTIONS_PATH = $(COLLECTIONS)
# A root shell made by su may lack /usr/sbin.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin
export PYTHONDONTWRITEBYTECODE = 1
export PYTHONUNBUFFERED = 1
MAKEFLAGS += --no-print-directory

LINTERS := lint-ruff lint-mypy lint-ansible lint-docs lint-changelog
MODULES := haproxy_server_info haproxy_server_state rollout_hand_over rollout_lock rollout_visit wait_healthy

.PHONY: help demo test test-all quick test-faults checks rollouts lint $(LINTERS) unit unit-newest sanity modules \
  integration e2e faults one-rollout durations bench lab lab-down requirements environments clean

help:
	@sed -n '/^$$/q; s/^# \?//p' Makefile

demo: requirements
	$(PYTHON) tests/tools/environments.py --newest
	.venv/newest/bin/python tests/demo

# How many processes of pytest run rollouts side by side, each on labs of its own. A rollout mostly waits.
LABS ?= 4
SIDE_BY_SIDE := -n $(LABS) --dist loadscope --no-loadscope-reorder
REAL := tests/e2e tests/integration tests/faults

test: requirements environments
	$(MAKE) --jobs 2 checks rollouts SELECTED="not thorough and not exhaustive"

test-all: requirements environments
	$(MAKE) --jobs 2 checks rollouts SELECTED="not exhaustive"

# What computes gives way to what is timed.
checks:
	nice $(MAKE) lint
	nice $(MAKE) unit
	nice $(MAKE) sanity
	nice $(MAKE) modules

rollouts:
	$(PYTEST) $(REAL) -v -m "$(SELECTED)" $(SIDE_BY_SIDE) --durations=15 $(PYTEST_ARGUMENTS)

quick: requirements environments
	$(MAKE) --jobs 3 --output-sync=target lint unit-newest one-rollout

requirements:
	$(PYTHON) tests/lab requirements --install

environments:
	$(PYTHON) tests/tools/environments.py

# Side by side, unless a make that does that already called this one.
lint: environments
	$(MAKE) $(if $(findstring jobserver,$(MAKEFLAGS)),,--jobs 3 --output-sync=target) $(LINTERS)

lint-ruff:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-mypy:
	MYPYPATH=$(COLLECTIONS) $(BIN)/mypy --config-file pyproject.toml -p ansible_collections.zero.downtime.plugins

lint-ansible:
	$(BIN)/ansible-lint --profile production --offline

lint-docs:
	cd $(COLLECTIONS)/ansible_collections/zero/downtime && PATH=$(CURDIR)/$(BIN):$$PATH antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all --skip-rstcheck .

lint-changelog:
	$(BIN)/antsibull-changelog lint

unit: environments
	@for environment in .venv/core-*; do \
	  echo "== $$environment"; PYTHONPATH=$(COLLECTIONS) $$environment/bin/python -m pytest tests/unit -q -n 2 || exit 1; \
	done

unit-newest: environments
	$(PYTEST) tests/unit -q -n 2

sanity: environments
	$(PYTHON) tests/tools/ansible_test.py sanity

modules: requirements environments
	$(PYTHON) tests/tools/ansible_test.py integration --allow-root $(MODULES)

integration: modules
	$(PYTEST) tests/integration --durations=15 $(SIDE_BY_SIDE) $(PYTEST_ARGUMENTS)

e2e: requirements environments
	$(PYTEST) tests/e2e -v --durations=15 $(SIDE_BY_SIDE) $(PYTEST_ARGUMENTS)

one-rollout: requirements environments
	$(PYTEST) "tests/e2e/test_rollout.py::test_no_more_hosts_are_out_than_min_healthy_allows[variables0-1]"

faults: requirements environments
	$(PYTEST) tests/faults -v -m quick $(SIDE_BY_SIDE)

test-faults: requirements environments
	$(PYTEST) tests/faults -v -n 2 --dist worksteal

# How long each test takes, by which the next runs begin with the longest: tests/durations.json.
durations:
	$(MAKE) rollouts SELECTED="not exhaustive" PYTEST_ARGUMENTS="$(PYTEST_ARGUMENTS) --write-durations"

bench: requirements environments
	$(BIN)/python tests/bench

lab: requirements
	$(PYTHON) tests/lab up
	$(PYTHON) tests/lab images

lab-down:
	$(PYTHON) tests/lab down

clean: lab-down
	rm -rf .venv .cache .ansible .mypy_cache .ruff_cache "$(or $(LAB_CACHE),/var/cache/zero-downtime-lab)"
