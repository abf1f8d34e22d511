"""Techniques that keep the two networks in balance, and the gauges that measure it."""
