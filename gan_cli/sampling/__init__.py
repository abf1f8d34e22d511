"""What `gan sample` does: which latents, walks between them, files."""
