"""The only place where settings become objects: the standalone service, and the embedding."""
