"""Quality of samples in numbers, one metric per file."""
