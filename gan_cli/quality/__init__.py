"""Measures metrics on samples and during training; trains the classifier that some metrics use."""
