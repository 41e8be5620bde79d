"""Models and what they need: labels, degrees, plans, the three stages, data, training."""
