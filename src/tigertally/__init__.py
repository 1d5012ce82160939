"""Complete sign-in for Python web applications, with real sign-out."""
