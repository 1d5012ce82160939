"""Bridges to other libraries. Each needs the library that it is named after."""
