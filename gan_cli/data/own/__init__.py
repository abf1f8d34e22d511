"""Finds data in people's own folders."""
