#!/usr/bin/env python3
"""A second reader of the journal, written from docs/journal-format.md alone.

Usage: tests/ref/journal_reader.py DATA_FOLDER
Prints `commands events batches segments chain`, or what is wrong and exits with 1.
"""
import glob
import hashlib
import os
import struct
import sys

BLOCK = 4096
COMMAND, EVENT, BATCH, VOID, SEGMENT, PAD = 1, 2, 4, 5, 6, 7


def crc_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ 0x82F63B78 if n & 1 else n >> 1
        table.append(n)
    return table


TABLE = crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


class Wrong(Exception):
    pass


def record(data, at, limit):
    """(length, kind, seq, bytes with the CRC zero) of the record at `at`."""
    length, kind, _, _, crc, _, seq = struct.unpack_from("<IBBHIIQ", data, at)
    if length < 24 or length % 8 or length > limit - at:
        raise Wrong(f"byte {at}: length {length}")
    bare = data[at:at + 8] + bytes(4) + data[at + 12:at + length]
    if crc32c(bare) != crc:
        raise Wrong(f"byte {at}: CRC")
    return length, kind, seq, bare


class Journal:
    def __init__(self):
        self.commands = self.events = self.batches = self.segments = 0
        self.chain = None

    def expect(self, what, expected, found):
        if expected != found:
            raise Wrong(f"{what}: expected {expected}, found {found}")

    def segment(self, data, name):
        length, kind, seq, _ = record(data, 0, BLOCK)
        self.expect("kind", (SEGMENT, 160), (kind, length))
        form, block, size, command, event, batch = struct.unpack_from("<IIQQQQ", data, 24)
        self.expect("format", (1, BLOCK, len(data)), (form, block, size))
        self.expect("numbers", (self.commands + 1, self.events + 1, self.batches + 1),
                    (command, event, batch))
        self.expect("name", f"{seq:020d}.seg", name)
        identity, before = data[72:120], data[120:152]
        self.expect("chain", self.chain or hashlib.sha256(identity).digest(), before)
        self.chain = before
        self.segments += 1
        at = BLOCK
        while at + BLOCK <= len(data) and any(data[at:at + BLOCK]):
            at += self.batch(data, at)

    def batch(self, data, at):
        length, kind, seq, bare = record(data, at, len(data))
        self.expect("kind", (BATCH, 144), (kind, length))
        on_disk, used, commands, events, last_command, last_event = struct.unpack_from(
            "<IIIIQQ", data, at + 24)
        self.expect("batch", self.batches + 1, seq)
        self.expect("chain", self.chain, data[at + 80:at + 112])
        counted = [self.commands, self.events]
        pos = at + 144
        while pos < at + used:
            length, kind, seq, _ = record(data, pos, at + used)
            in_place = kind == COMMAND or (kind == VOID and data[pos + 32] == 1)
            if kind not in (COMMAND, EVENT, VOID):
                raise Wrong(f"byte {pos}: kind {kind}")
            counted[0] += in_place
            counted[1] += kind == EVENT
            self.expect("number", counted[1] if kind == EVENT else counted[0], seq)
            pos += length
        self.expect("counts", (self.commands + commands, self.events + events), tuple(counted))
        self.expect("last", (last_command, last_event), tuple(counted))
        if on_disk > used:
            length, kind, _, bare_pad = record(data, pos, at + on_disk)
            self.expect("padding", (PAD, on_disk - used, False),
                        (kind, length, any(bare_pad[24:])))
        after = hashlib.sha256(self.chain + data[at + 144:at + used] + bare[:112]).digest()
        self.expect("chain after", after, data[at + 112:at + 144])
        self.commands, self.events = counted
        self.batches += 1
        self.chain = after
        return on_disk


def main():
    journal = Journal()
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "journal", "*.seg"))):
        with open(path, "rb") as file:
            data = file.read()
        try:
            journal.segment(data, os.path.basename(path))
        except Wrong as wrong:
            print(f"{path}: {wrong}")
            return 1
    print(journal.commands, journal.events, journal.batches, journal.segments,
          journal.chain.hex())
    return 0


if __name__ == "__main__":
    sys.exit(main())
