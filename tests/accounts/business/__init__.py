"""Business accounts."""
