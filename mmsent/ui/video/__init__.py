"""The clip tab."""
