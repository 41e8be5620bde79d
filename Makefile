# Short names for the scripts; each makes its own environment, so make itself is not needed.
.PHONY: setup test oldest lint demo train bench mutants api pictures

setup:  ## the environment in .venv, with everything
	python3 .ci/environment.py

test:
	python3 tests/run.py

oldest:  ## the tests with the oldest versions that pyproject.toml allows, in an environment of their own (Python 3.11)
	python3 .ci/oldest.py

lint:
	python3 .ci/lint.py

demo:  ## paint examples/portrait.png
	python3 examples/demo.py

# From nothing: sitters, simulated processes, and the three stages, in runs/. STEPS=50 for a quick look.
SITTERS ?= 300
STEPS ?= 2000
PPP = .venv/bin/ppp

train: setup
	$(PPP) data portraits $(SITTERS) -o runs/sitters
	$(PPP) data simulate runs/sitters -o runs/processes
	$(PPP) train segment runs/sitters -o runs/segment --steps $(STEPS)
	$(PPP) train firstframe runs/processes -o runs/firstframe --steps $(STEPS)
	$(PPP) train frames runs/processes -o runs/frames --steps $(STEPS)

bench: setup  ## what a frame and what a run cost on this machine
	.venv/bin/python benchmarks/frame_cost.py
	.venv/bin/python benchmarks/run_cost.py

mutants: setup  ## mutation testing: do the tests notice small mistakes in the code? An hour.
	.venv/bin/python -m pip install --quiet cosmic-ray
	.venv/bin/python tests/mutants/run.py

api:  ## write docs/api.md from the docstrings
	python3 docs/make/reference.py

pictures: setup  ## make examples/portrait.png and docs/images again, with the weights that are shipped
	.venv/bin/python docs/make/pictures.py
