"""Programs of other services, which tests start. Each is told all in its environment."""
