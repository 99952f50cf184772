"""The browser app, as built files."""
