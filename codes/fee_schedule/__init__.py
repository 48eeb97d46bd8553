"""The federal files: download, archive and parse read them, compare and load keep them.

Only load knows the database.
"""
