"""The queue's scripts; `tasks.queue.scripts` loads them."""
