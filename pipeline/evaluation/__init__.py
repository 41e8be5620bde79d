"""Evaluation: systems paint pictures and are scored beside baselines and true processes. Not used at run time."""
