"""What `gan inspect` does: two networks laid out, measured and held against rules."""
