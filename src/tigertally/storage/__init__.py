"""The ports of the core, kept in real databases. Imports the core only, never a neighbour."""
