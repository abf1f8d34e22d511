"""Techniques that keep the two networks in balance."""
