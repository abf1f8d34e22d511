"""What `gan evaluate` does: whose samples, figures, pictures."""
