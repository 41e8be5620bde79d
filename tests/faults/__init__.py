"""Fault injection: `python tests/faults/run.py` provokes faults and counts what survives them.

One module per fault, each with `TIMES` (the default number of trials) and `run(times, seed, folder) -> TrialResults`;
it is registered by a line in `FAULTS` of run.py. docs/reliability.md has the figures.
"""
