"""Data sets and feeds of batches. They depend on SampleSpec and on no network."""
