"""E-mail: what letters look like, and how they are sent."""
