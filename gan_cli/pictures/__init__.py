"""Samples and sweeps as pictures; knows no run."""
