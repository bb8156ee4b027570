# The two commands of the README are demo and test. Everything else is a part of them.
#
# make demo         bring up a fleet of real hosts on this machine, deploy v1, then v2 under load, and say what happened
# make test         lint, unit, integration and end-to-end tests, and the quick part of the fault suite
# make test-all     the same, with what takes long
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

.PHONY: help demo test test-all test-faults checks rollouts lint unit sanity integration e2e faults bench lab lab-down \
  requirements environments clean

help:
	@sed -n '/^$$/q; s/^# \?//p' Makefile

demo: requirements
	$(PYTHON) tests/tools/environments.py --newest
	.venv/newest/bin/python tests/demo

# It has a lab of its own, so it can go with the shorter of the two jobs.
APART := tests/e2e/test_two_balancers.py

# Two jobs: a rollout mostly waits, so the checks beside it cost it little.
test: requirements environments
	$(MAKE) --jobs 2 checks rollouts PYTEST_ARGUMENTS="-m 'not thorough'"

test-all: requirements environments
	$(MAKE) --jobs 2 checks rollouts

checks:
	$(MAKE) lint
	$(MAKE) unit
	$(MAKE) sanity
	$(MAKE) integration
	$(MAKE) faults
	$(PYTEST) $(APART) -v $(PYTEST_ARGUMENTS)

rollouts:
	$(MAKE) e2e PYTEST_ARGUMENTS="$(PYTEST_ARGUMENTS) --ignore=$(APART)"

requirements:
	$(PYTHON) tests/lab requirements --install

environments:
	$(PYTHON) tests/tools/environments.py

lint: environments
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=$(COLLECTIONS) $(BIN)/mypy --config-file pyproject.toml -p ansible_collections.zero.downtime.plugins
	$(BIN)/ansible-lint --profile production --offline
	cd $(COLLECTIONS)/ansible_collections/zero/downtime && PATH=$(CURDIR)/$(BIN):$$PATH antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all --skip-rstcheck .
	$(BIN)/antsibull-changelog lint

unit: environments
	@for environment in .venv/core-*; do \
	  echo "== $$environment"; PYTHONPATH=$(COLLECTIONS) $$environment/bin/python -m pytest tests/unit -q -n 2 || exit 1; \
	done

sanity: environments
	$(PYTHON) tests/tools/ansible_test.py sanity

integration: requirements environments
	$(PYTHON) tests/tools/ansible_test.py integration --allow-root haproxy_server_info haproxy_server_state rollout_hand_over rollout_lock rollout_visit wait_healthy
	$(PYTEST) tests/integration --durations=15 $(PYTEST_ARGUMENTS)

e2e: requirements environments
	$(PYTEST) tests/e2e -v --durations=15 $(PYTEST_ARGUMENTS)

faults: requirements environments
	$(PYTEST) tests/faults -v -m quick

test-faults: requirements environments
	$(PYTEST) tests/faults -v -n 2 --dist worksteal

bench: requirements environments
	$(BIN)/python tests/bench

lab: requirements
	$(PYTHON) tests/lab up
	$(PYTHON) tests/lab images

lab-down:
	$(PYTHON) tests/lab down

clean: lab-down
	rm -rf .venv .cache .ansible .mypy_cache .ruff_cache "$(or $(LAB_CACHE),/var/cache/zero-downtime-lab)"
