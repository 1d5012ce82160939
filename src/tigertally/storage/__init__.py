"""Implements the core's ports with real databases. Imports the core only, never a neighbour."""
