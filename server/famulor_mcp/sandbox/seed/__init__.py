"""What the sandbox starts with: the platform's stock, two accounts, and what was said so far."""
