"""Processes under test: started, pinned, metered and ended."""
