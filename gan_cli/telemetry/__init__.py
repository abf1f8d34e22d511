"""The output of a run: scalars, pictures and texts, and the sinks that receive them."""
