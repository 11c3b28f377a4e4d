"""Tells which POSIX locks other processes hold on a database and its -shm, by F_GETLK alone.

usage: lock_probe.py <database> [times] [pause seconds]

Prints {"samples": [{"database": <pid or null>, "readMarks": [pid or null, ...five], "writer": <pid or null>}]}. The database's shared lock lies at
1 GiB + 2, 510 bytes; the five read locks of the log at bytes 123 to 127 of the -shm, its write lock at byte 120.
"""
import fcntl
import json
import os
import struct
import sys
import time

LAYOUT = "hhqqi4x"
SHARED_FIRST, SHARED_SIZE = 0x40000000 + 2, 510
WRITE_LOCK = 120
READ_LOCKS = range(123, 128)


def holder(fd, start, length):
    asked = struct.pack(LAYOUT, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
    kind, _, _, _, pid = struct.unpack(LAYOUT, fcntl.fcntl(fd, fcntl.F_GETLK, asked))
    return None if kind == fcntl.F_UNLCK else pid


def main():
    path = sys.argv[1]
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    pause = float(sys.argv[3]) if len(sys.argv) > 3 else 0.01
    database, index = os.open(path, os.O_RDWR), os.open(path + "-shm", os.O_RDWR)
    samples = []
    for _ in range(times):
        marks = [holder(index, byte, 1) for byte in READ_LOCKS]
        samples.append({"database": holder(database, SHARED_FIRST, SHARED_SIZE), "readMarks": marks, "writer": holder(index, WRITE_LOCK, 1)})
        time.sleep(pause)
    print(json.dumps({"samples": samples}), flush=True)


main()
