"""Redis: a wake-up (bell) between machines. It never decides; the database does."""
