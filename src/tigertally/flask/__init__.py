"""Tiger Tally in a Flask application."""
