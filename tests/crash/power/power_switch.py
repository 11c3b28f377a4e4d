"""Cuts file systems off from their power. Input, a JSON line each: {"mounts", "first", "last"}: the process groups of `first`
are killed, each file system in `mounts` is shut down without flushing anything, then the groups of `last` are killed.

EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing more reaches the device, not even the journal.
https://www.kernel.org/doc/html/latest/admin-guide/ext4.html
"""
import errno
import fcntl
import json
import os
import signal
import struct
import sys

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2


def kill(groups):
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except OSError as error:
            if error.errno != errno.ESRCH:
                raise


def main():
    for line in sys.stdin:
        told = json.loads(line)
        try:
            mounts = [os.open(mount, os.O_RDONLY) for mount in told["mounts"]]
            kill(told["first"])
            for mount in mounts:
                fcntl.ioctl(mount, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
            kill(told["last"])
            for mount in mounts:
                os.close(mount)
            print(json.dumps({"ok": True}), flush=True)
        except OSError as error:
            print(json.dumps({"error": str(error)}), flush=True)


main()
