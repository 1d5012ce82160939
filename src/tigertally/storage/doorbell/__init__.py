"""The doorbell: how the processes of one machine know, without asking, that something ended."""
