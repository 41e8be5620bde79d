# Short names for the scripts; each makes its own environment, so make itself is not needed.
.PHONY: setup test lint demo train bench

setup:  ## the environment in .venv, with everything
	python3 .ci/environment.py

test:
	python3 tests/run.py

lint:
	python3 .ci/lint.py

demo:  ## paint examples/portrait.png
	python3 examples/demo.py
