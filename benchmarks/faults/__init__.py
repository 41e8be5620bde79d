"""Faults that happen to software, made on purpose and counted: `python benchmarks/faults/run.py`.

One module per fault, each with `TIMES` (how often, where nothing else is said) and
`run(times, seed, folder) -> Tally`; a line in `FAULTS` of run.py makes it known. docs/reliability.md has the figures.
"""
