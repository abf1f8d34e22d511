"""The code behind `gan benchmark`: run our training loop and the loop of tutorials in turns."""
