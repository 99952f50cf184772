"""Where routers tell one another which deployments to leave alone."""
