"""Measurements, each a table; run one by `python -m benchmarks.<name>`."""
