"""Drawing of samples and sweeps as pictures; nothing here reads a run folder."""
