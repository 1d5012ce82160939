"""Services that people sign in with: one file each, over :mod:`tigertally.providers.upstream`."""
