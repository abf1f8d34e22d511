"""Samples of other programs: found in files of arrays and folders of images, in the format of our samples."""
