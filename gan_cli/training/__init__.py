"""The game, and the loop around it."""
