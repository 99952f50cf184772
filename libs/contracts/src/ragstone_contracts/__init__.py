"""The wire between Ragstone's services: models and errors."""
