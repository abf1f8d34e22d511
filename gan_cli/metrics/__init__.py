"""The metrics of sample quality, one per file."""
