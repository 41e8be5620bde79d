"""Painting processes on disk: format, shards, pairs and sequences, statistics, and what training reads."""
