"""One run, from its config to its end. Connects the commands with the layers that know nothing about configs."""
