"""The verbs of the command line, one file each. Only these modules combine all other packages."""
