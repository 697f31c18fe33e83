"""Which hosts are this machine: the key may go there without TLS, and no proxy is asked."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by what it says: nothing is looked up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
