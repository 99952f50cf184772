"""Which deployments may answer for a model, in which order, and what is tried when one fails."""
