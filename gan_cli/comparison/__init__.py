"""Runs side by side: which folders, what differs between them, what came out, and what it depends on."""
