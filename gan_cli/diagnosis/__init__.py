"""The gauges that measure the balance, and the rules that name the state of the game."""
