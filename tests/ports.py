"""Ports for the servers that tests start."""

import random
import socket

BELOW_THE_SYSTEMS_OWN = range(20000, 30000)
"""The system gives higher ones to outgoing connections, so that one that was free a moment ago is not."""


def successive_ports(count: int) -> range:
    """Return ports that are free, one after the other."""
    for _ in range(100):
        first = random.choice(BELOW_THE_SYSTEMS_OWN)
        ports = range(first, first + count)
        if all(is_free(port) for port in ports):
            return ports
    raise OSError(f"no {count} successive ports are free")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_open(port: int) -> bool:
    """Return whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
