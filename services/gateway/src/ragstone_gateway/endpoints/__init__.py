"""The public routes, a module for each resource."""
