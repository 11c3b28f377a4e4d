"""A program that knows nothing of Lastgood: it numbers its rows, and says when each was acknowledged.

usage: timed_writer.py <database>

Prints {"ready": true}, then a line {"n": number, "at": Unix milliseconds} for each acknowledged commit; whoever holds the lock is
waited for. Between its commits it reads. When its input ends: {"ended": number, "reads": count, "slowestReadMs": number}.
"""
import json
import sqlite3
import sys
import threading
import time


def say(**line):
    print(json.dumps(line), flush=True)


class Reader(threading.Thread):
    """Counts rows without pause, on a connection of its own."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.reads, self.slowest_ms, self.stopped = path, 0, 0.0, False

    def run(self):
        connection = sqlite3.connect(self.path, timeout=0)
        while not self.stopped:
            started = time.monotonic()
            connection.execute("select count(*), max(n) from acked").fetchone()
            self.slowest_ms = max(self.slowest_ms, (time.monotonic() - started) * 1000)
            self.reads += 1
            time.sleep(0.005)


def main():
    path = sys.argv[1]
    ending = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ending.set()), daemon=True).start()
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table if not exists acked(n integer primary key, filler blob)")
    reader = Reader(path)
    reader.start()
    say(ready=True)
    number = 0
    while not ending.is_set():
        try:
            connection.execute("insert into acked values(?, randomblob(300))", (number + 1,))
            number += 1
            say(n=number, at=time.time() * 1000)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        time.sleep(0.002)
    reader.stopped = True
    reader.join()
    say(ended=number, reads=reader.reads, slowestReadMs=reader.slowest_ms)


main()
