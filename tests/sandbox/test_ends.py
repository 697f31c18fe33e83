"""The sandbox as a server ends when it is told to, whatever its clients do."""

import signal
import socket
import subprocess
import sys

import pytest
from tests.patience import PATIENCE

HALF = b"POST /api/user/make_call HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_client_that_sends_half_a_request_is_not_waited_for() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "famulor_mcp", "sandbox", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        address, key = process.stderr.readline().split()[2::2]
        port = int(address.rpartition(":")[2])
        token = key.partition("=")[2]
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(HALF + f"Authorization: Bearer {token}\r\n".encode())
            client.sendall(b"Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n")
            assert b" 100 " in client.recv(1000)  # it waits for the rest
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode in {-signal.SIGTERM, 128 + signal.SIGTERM}
