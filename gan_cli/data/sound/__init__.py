"""Reads and cuts sound."""
