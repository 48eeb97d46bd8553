"""RVU Edge as a whole: settings, addresses, headers, static files. It has no tables."""
