"""Reads text and turns it into tokens."""
