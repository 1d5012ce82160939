"""Providers: each one's settings in a file of its own."""
