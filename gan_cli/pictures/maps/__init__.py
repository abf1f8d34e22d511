"""Drawing of a sweep as one picture."""
