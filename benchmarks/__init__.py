"""Measurements: `make bench` beside other libraries; others by `python -m benchmarks.<name>`."""
