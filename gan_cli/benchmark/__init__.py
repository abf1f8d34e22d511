"""What `gan benchmark` does: our loop and the loop of tutorials in turns."""
