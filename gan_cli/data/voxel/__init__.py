"""Reads voxels and meshes."""
