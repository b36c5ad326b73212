"""Subscriptions to jobs: one execution and one encoding for all who ask the same of an event."""
