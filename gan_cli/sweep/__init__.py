"""Many runs at once: the points of a sweep, their folders and status, and how they are started."""
