"""Prints a TCP port of 127.0.0.1 that is free, below those that the kernel gives to clients."""
import random
import socket
import sys

for port in random.sample(range(15000, 30000), 200):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    sys.exit(0)
sys.exit("no free port")
