"""Sources of samples: they know a SampleSpec and nothing of networks."""
