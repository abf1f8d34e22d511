"""Fetches, verifies and unpacks published data sets."""
