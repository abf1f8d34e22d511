"""A sweep as one picture."""
