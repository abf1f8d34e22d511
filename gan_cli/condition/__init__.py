"""What the networks of a game are told about classes; one kind of game per file."""
