"""Rules only: standard library and cryptography; no input or output, no clock, no environment."""
