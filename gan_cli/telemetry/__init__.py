"""What a run tells the world: scalars, pictures, words."""
