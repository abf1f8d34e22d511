"""The code behind `gan sample`: choose latents, interpolate between them, write files."""
