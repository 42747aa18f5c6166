"""Pages of the desk, on small libraries."""
