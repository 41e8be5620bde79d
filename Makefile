# Short names for the scripts. Each creates its own environment, so make itself is not needed.
.PHONY: setup test oldest lint demo train bench mutants api pictures krita

setup:  ## create the environment in .venv with all extras
	python3 .ci/environment.py

test:
	python3 tests/run.py

oldest:  ## run the tests with the oldest allowed versions, in an environment of their own (Python 3.11)
	python3 .ci/oldest.py

lint:
	python3 .ci/lint.py

demo:  ## paint examples/portrait.png
	python3 examples/demo.py

# Train from scratch into runs/: sitters, simulated processes, the three stages. STEPS=50 for a quick try.
SITTERS ?= 300
STEPS ?= 2000
PPP = .venv/bin/ppp

train: setup
	$(PPP) data portraits $(SITTERS) -o runs/sitters
	$(PPP) data simulate runs/sitters -o runs/processes
	$(PPP) train segment runs/sitters -o runs/segment --steps $(STEPS)
	$(PPP) train firstframe runs/processes -o runs/firstframe --steps $(STEPS)
	$(PPP) train frames runs/processes -o runs/frames --steps $(STEPS)

bench: setup  ## measure the cost of a frame and of a run on this machine
	.venv/bin/python benchmarks/frame_cost.py
	.venv/bin/python benchmarks/run_cost.py

mutants: setup  ## mutation testing: do the tests notice small mistakes in the code? An hour.
	.venv/bin/python -m pip install --quiet cosmic-ray
	.venv/bin/python tests/mutants/run.py

api:  ## write docs/api.md from the docstrings
	python3 docs/make/reference.py

pictures: setup  ## create examples/portrait.png and docs/images with the shipped weights
	.venv/bin/python docs/make/pictures.py

krita:  ## pack the Krita plugin, for its Tools > Scripts > Import Python Plugin from File: dist/krita-painting-process.zip
	mkdir -p dist
	cd integrations/krita && python3 -m zipfile -c ../../dist/krita-painting-process.zip painting_process.desktop painting_process
