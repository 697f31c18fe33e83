"""How fast the gateway is, against what the SDK and httpx do as they come. Run `make bench`."""
