def pytest_configure(config):
    config.addinivalue_line("markers", "real_files: reads CMS's own files in ../shared")
