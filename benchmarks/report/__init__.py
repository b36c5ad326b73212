"""What comes of a run: repetitions, the table, and what it says of the machine."""
