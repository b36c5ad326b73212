"""The Lua of `tasks.files.ledger`."""
