"""Forms of people's accounts, one module for each subject."""
