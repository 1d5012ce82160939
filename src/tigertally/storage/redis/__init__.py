"""Redis: a bell between machines. Never the truth: that is the database's."""
