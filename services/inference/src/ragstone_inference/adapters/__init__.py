"""The only place of this service that knows how a model is run."""
