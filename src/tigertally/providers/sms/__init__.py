"""SMS: one file for each service that sends them."""
