"""What is learned, and what learning needs: labels, degrees, plans, the three stages, data, training."""
