"""Benchmarks: how good and how fast kleuterlink is, and beside Splink. `python -m benchmarks --help` tells which there are."""
