"""Ratios side by side in one run: ``make bench``. What is measured, and the results: README.md."""
