"""Contract suites, scripted models and real-server fixtures for tests."""
