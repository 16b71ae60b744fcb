# What a newcomer types. Everything is set up in .venv of this checkout; nothing else on the machine is changed, but for
# Debian's venv package where it is missing.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
READY := $(VENV)/.ready

.PHONY: demo test test-usb test-box soak fuzz lint bench man clean

demo: $(INSTALLED)  ## a script on the simulated bench, paused for a look around
	@echo "In another terminal, first: . $(BIN)/activate"
	@$(BIN)/lager python examples/inspect_bench.py

test: $(READY)  ## every test; on two cores, as tests wait a lot
	@$(BIN)/python -m pytest -n 4 --dist loadfile -q

test-usb: $(READY)  ## the product on a real kernel with USB, in a virtual machine; USB="--cycles 20 --seed 1"
	@vm=$$(bash tests/usb/vm/provide.sh) && PATH="$(abspath $(BIN)):$$PATH" \
	    bash tests/usb/vm/run.sh "$$vm" python -m pytest -v -p no:cacheprovider -o faulthandler_timeout=0 tests/usb $(USB)

# Files in the order of their names, as the first takes longest.
test-box: $(READY)  ## fresh machines made into boxes, over ssh: install, update, uninstall; BOX="--kills 5 -k update"
	@$(BIN)/python -m pytest -v -n 2 --dist loadfile --no-loadscope-reorder -p no:cacheprovider -o timeout=300 -o faulthandler_timeout=0 tests/machine $(BOX)

soak: $(READY)  ## many clients for minutes while processes are killed; SOAK="--seconds 60 --kills 50 --seed 1"
	@$(BIN)/python -m pytest -q -o python_files='soak_*.py' -o faulthandler_timeout=0 tests/soak $(SOAK)

fuzz: $(READY)  ## odd requests to every endpoint for ten minutes; FUZZ="--fuzz-seconds 60"
	@$(BIN)/python -m pytest -q -o timeout=0 -o faulthandler_timeout=0 --fuzz-seconds 600 $(FUZZ) tests/security/test_fuzz.py

lint: $(READY)  ## style, types, the direction of imports, dead code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/vulture

bench: $(READY)  ## how fast it is, against a baseline in the same run
	@$(BIN)/python -m benchmarks

man: $(INSTALLED)  ## the manual: `man lager`, with $(BIN) in the PATH
	@$(BIN)/python -m lager_cli.manual "$(abspath $(VENV))/share/man/man1"

$(INSTALLED): pyproject.toml setup.sh
	@PYTHON="$(PYTHON)" sh setup.sh "$(VENV)"
	@touch $(INSTALLED)

$(READY): pyproject.toml setup.sh  # with what tests need: others' drivers, a plotter, type checkers
	@PYTHON="$(PYTHON)" sh setup.sh "$(VENV)" '[dev]'
	@touch $(INSTALLED) $(READY)

clean:
	rm -rf $(VENV)
