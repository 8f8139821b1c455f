# `make demo` and `make test` do their own set-up; nothing has to be activated.

.DEFAULT_GOAL := help
.PHONY: help demo test check soak bench bench-ascent answers clean

BIN := .venv/bin
RUN := runs/demo
ROUNDS := 3

help:
	@echo "make demo   set up, get MNIST, train the default network, draw what its filters react to"
	@echo "make test   set up and run the tests"
	@echo "make check  formatting, lint, types, then the tests"
	@echo "make soak   the long tests"
	@echo "make bench  training measured: against peers, savings, scaling, operations, start-up; one to"
	@echo "            two hours, a third of that with ROUNDS=1"
	@echo "make bench-ascent  the climbs against two peers"
	@echo "make answers  every figure and number of docs/answers, from scratch; about half an hour"
	@echo "make clean  remove all virtual environments, caches and $(RUN)"

demo: .venv/.installed
	$(BIN)/python -m experiments.train --dataset=mnist --arch=simple --epochs=1 --run_dir=$(RUN)
	$(BIN)/python -m experiments.maximize --run_dir=$(RUN) --layer=conv3
	$(BIN)/python -m experiments.weights --run_dir=$(RUN)
	$(BIN)/python -m experiments.report --run_dir=$(RUN)
	@echo
	@echo "Everything is in $(RUN):"
	@echo "  $(RUN)/report.html          all of it on one page, for any browser"
	@echo "  $(RUN)/plots/               the patterns of conv3, the kernels, the learning curves"
	@echo "  $(RUN)/weights.safetensors  the trained network"

# At most four processes, each with a TensorFlow of its own; a file's costly fixtures stay in one.
test: .venv/.tools
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

check: .venv/.tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) --no-print-directory test

soak: .venv/.tools
	$(BIN)/python -m pytest -m fuzz --hypothesis-profile=soak
	$(BIN)/python -m pytest -m soak

bench: .venv/.installed benchmarks/.venv-training/.installed
	$(BIN)/python -m benchmarks.training_against_peers --rounds=$(ROUNDS)
	$(BIN)/python -m benchmarks.savings --rounds=$(ROUNDS)
	$(BIN)/python -m benchmarks.scaling --rounds=$(ROUNDS)
	$(BIN)/python -m benchmarks.operations
	$(BIN)/python -m benchmarks.startup --rounds=$(ROUNDS)

bench-ascent: .venv/.installed benchmarks/.venv-ascent/.installed
	$(BIN)/python -m experiments.train --epochs=1 --run_dir=$(RUN)
	$(BIN)/python -m benchmarks.ascent_against_peers --run_dir=$(RUN) --rounds=$(ROUNDS)

answers: .venv/.installed
	rm -rf runs/answers docs/answers/output docs/answers/*.png
	sh docs/answers/make.sh

# The peers have requirements of their own, which would not go with ours.
benchmarks/.venv-%/.installed: benchmarks/peers/requirements-%.txt | .venv/.installed
	$(BIN)/python -m venv --clear $(@D)
	$(@D)/bin/pip install --disable-pip-version-check --requirement $<
	@touch $@

clean:
	rm -rf .venv benchmarks/.venv-* .pytest_cache .hypothesis .mypy_cache .ruff_cache $(RUN)
	find tfcnn experiments tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# The stamps are written last: without one the set-up was never finished, and starts afresh.
.venv/.installed: requirements.txt
	@if [ -e $@ ]; then rm -f $@ .venv/.tools; else $(make_venv); fi
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25,<27' # Older ones search for many minutes.
	$(BIN)/python -m pip install --requirement requirements.txt
	@touch $@

.venv/.tools: requirements-dev.txt .venv/.installed
	$(BIN)/python -m pip install --requirement requirements-dev.txt
	@touch $@

# TensorFlow has packages for Python 3.10 to 3.13; take the first that is here and can make a venv.
define make_venv
right_version=; for python in python3 python3.13 python3.12 python3.11 python3.10; do \
  $$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
    || continue; \
  right_version=$$python; \
  $$python -c 'import ensurepip' 2>/dev/null || continue; \
  echo "Making .venv with $$($$python --version)"; \
  exec $$python -m venv --clear .venv; \
done; \
if [ -n "$$right_version" ]; then \
  echo "$$right_version cannot make a virtual environment: install Debian's package python3-venv" >&2; \
else \
  echo "no Python 3.10 to 3.13 found, which TensorFlow needs: install one, for example python3" >&2; \
fi; \
exit 1
endef
