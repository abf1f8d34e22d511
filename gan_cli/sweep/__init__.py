"""Many runs at once: points, where each lives, how they stand, and who starts them."""
