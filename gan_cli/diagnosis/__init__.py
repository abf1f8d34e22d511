"""What is measured of the balance, and the name of the state that it shows."""
