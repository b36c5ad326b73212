"""The queue: jobs in Valkey, changed only by the scripts in `lua/`."""
