"""The verbs: one file each, the only code that sees the whole picture."""
