"""Reads and writes the files of the package: whole or absent, and never through a link in a fenced folder."""
