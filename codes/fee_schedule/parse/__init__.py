"""The text layouts of the federal files, one module for each kind of file."""
