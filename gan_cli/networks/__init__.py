"""Generators and discriminators: nn.Modules only, no optimizer, no loss, no config object."""
