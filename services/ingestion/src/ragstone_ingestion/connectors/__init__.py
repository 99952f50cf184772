"""Sources that documents are kept in step with: folders, web sites, buckets, repositories."""
