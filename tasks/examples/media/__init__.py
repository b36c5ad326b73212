"""Runs ffmpeg on files that strangers gave: in bounds, and never out of sight."""
