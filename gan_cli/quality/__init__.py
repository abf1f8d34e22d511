"""Metrics at work: a suite of them before samples, while a run trains, and the classifier that some look through."""
