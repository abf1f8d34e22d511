"""Reads images."""
