"""The cure of a run that ended sick: its advice is tried in further runs, which are compared with it."""
