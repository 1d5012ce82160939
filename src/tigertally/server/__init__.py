"""The composition root: turns settings into objects, for the service and the embedding."""
