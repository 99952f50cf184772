"""Search: dense, sparse, fusion, permissions."""
