"""A small shop for `place_order`: its stock, its payment service and its mail."""
