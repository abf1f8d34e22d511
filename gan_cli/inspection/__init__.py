"""The code behind `gan inspect`: build two networks, measure them and check them against rules."""
