"""The servers that are measured: how each is started and spoken to, and the peers' sources."""
