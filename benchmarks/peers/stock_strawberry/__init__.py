"""A peer's own programs; they run as processes of their own."""
