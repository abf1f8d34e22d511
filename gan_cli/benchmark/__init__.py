"""The code behind `gan benchmark`: measure a training, in turns with the loop of tutorials or with other settings."""
