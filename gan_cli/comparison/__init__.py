"""Compare runs: find their folders, what differs between them, their results, and what the results depend on."""
