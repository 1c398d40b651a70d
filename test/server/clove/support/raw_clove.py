"""A Clove client of a few lines, by struct and json alone: proof of what is on the wire."""

import json
import os
import socket
import struct

HEADER = "<IIBQ"
MAGIC = 0x41474E54


class Clove:
    def __init__(self, path=None):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(path or os.environ.get("CLOVE_SOCKET", "/tmp/clove.sock"))
        self.agent_id = 0

    def raw(self, opcode, payload=b""):
        self.sock.sendall(struct.pack(HEADER, MAGIC, self.agent_id, opcode, len(payload)) + payload)
        magic, self.agent_id, answered, size = struct.unpack(HEADER, self.exactly(17))
        assert (magic, answered) == (MAGIC, opcode), (hex(magic), answered)
        return self.exactly(size)

    def call(self, opcode, **fields):
        return json.loads(self.raw(opcode, json.dumps(fields).encode()))

    def exactly(self, size):
        data = b""
        while len(data) < size:
            chunk = self.sock.recv(size - len(data))
            assert chunk, "the kernel has closed the connection"
            data += chunk
        return data
