"""`gan encode` at work: codes of a data set, by the encoder of a run."""
