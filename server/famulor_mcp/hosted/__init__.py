"""The gateway as an online server: many users over HTTP, each with their own key."""
