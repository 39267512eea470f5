"""Several files or a table, dropped into a tab: a table, as the command line makes it."""
