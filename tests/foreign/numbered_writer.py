"""A program that knows nothing of Lastgood: it numbers its commits and says of each what the database was, byte for byte.

usage: numbered_writer.py <database> [--page-size BYTES] [--seed N] [--pause SECONDS] [--hash-every N]

Each commit has its number as application_id. Once it is acknowledged a line {"n": number, "sha": hash or null} is printed and
flushed; `sha` is that of the whole database without what SQLite counts for itself. A line {"vacuum": number} comes before a
VACUUM: a commit that keeps the number. It opens the database anew now and then, and empties the log.

Input, a line each: {"do": what}, answered by {"did": what, ...}: "big" (one commit of 6 MB, then one that drops them), "truncate",
"vacuum", "pause", "go", "close" (lets go of the database until "go"), "digest" ({"sha", "check"} while paused).
"""
import argparse
import hashlib
import json
import queue
import random
import sqlite3
import sys
import threading
import time

COUNTERS = ((18, 20), (24, 28), (40, 44), (92, 100))
BIG_BYTES = 6 << 20


def say(**line):
    print(json.dumps(line), flush=True)


def digest(connection):
    image = bytearray(connection.serialize())
    for start, end in COUNTERS:
        image[start:end] = bytes(end - start)
    return hashlib.sha1(image).hexdigest()


class Writer:
    def __init__(self, args):
        self.args, self.rng = args, random.Random(args.seed)
        self.connection = None
        self.number = 0
        self.kept_bytes = max(200_000, 24 * args.page_size)

    def open(self):
        self.connection = sqlite3.connect(self.args.database, timeout=20, isolation_level=None)
        self.connection.execute(f"pragma page_size={self.args.page_size}")
        self.connection.execute("pragma journal_mode=wal")
        self.connection.execute("pragma synchronous=normal")

    def set_up(self):
        self.open()
        self.connection.executescript(
            "create table if not exists work(id integer primary key, k int, v blob);"
            "create index if not exists work_k on work(k);"
            "create table if not exists big(id integer primary key, v blob);"
        )
        (self.number,) = self.connection.execute("pragma application_id").fetchone()

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def change(self):
        rng, run = self.rng, self.connection.execute
        for _ in range(rng.randrange(1, 4)):
            size = rng.randrange(1, min(2 * self.args.page_size, 6000))
            run("insert into work(k, v) values(?, ?)", (rng.randrange(1000), rng.randbytes(size)))
        if rng.random() < 0.3:
            run("update work set k = ? where id % 17 = ?", (rng.randrange(1000), rng.randrange(17)))
        (held,) = run("select coalesce(sum(length(v)), 0) from work").fetchone()
        if held > self.kept_bytes:
            run("delete from work where k between ? and ?", (low := rng.randrange(700), low + 400))

    def commit(self, change):
        """One numbered commit; tried again while somebody holds the lock."""
        while True:
            try:
                self.connection.execute("begin immediate")
                change()
                number = self.number + 1
                self.connection.execute(f"pragma application_id={number}")
                sha = digest(self.connection) if number % self.args.hash_every == 0 else None
                self.connection.execute("commit")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                if self.connection.in_transaction:
                    self.connection.execute("rollback")
                continue
            self.number = number
            say(n=number, sha=sha)
            return

    def checkpoint(self, mode):
        other = sqlite3.connect(self.args.database, timeout=5)
        try:
            return other.execute(f"pragma wal_checkpoint({mode})").fetchone()[0] == 0
        finally:
            other.close()

    def vacuum(self):
        say(vacuum=self.number)
        try:
            self.connection.execute("vacuum")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise

    def big(self):
        self.commit(lambda: self.connection.execute("insert into big(v) values(?)", (self.rng.randbytes(BIG_BYTES),)))
        self.commit(lambda: self.connection.execute("delete from big"))
        self.vacuum()

    def now_and_then(self):
        chance = self.rng.random()
        if chance < 0.01:
            self.close()
            self.open()
        elif chance < 0.02:
            self.checkpoint("truncate")
        elif chance < 0.022:
            self.vacuum()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--page-size", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.01)
    parser.add_argument("--hash-every", type=int, default=1)
    writer = Writer(parser.parse_args())
    told = queue.Queue()
    threading.Thread(target=lambda: ([told.put(json.loads(line)) for line in sys.stdin], told.put(None)), daemon=True).start()
    writer.set_up()
    say(ready=True, number=writer.number)
    paused = False
    while True:
        try:
            one = told.get(block=paused, timeout=None) if paused else told.get_nowait()
        except queue.Empty:
            writer.commit(writer.change)
            writer.now_and_then()
            time.sleep(writer.args.pause)
            continue
        if one is None:
            break
        what, result = one["do"], {}
        if what == "big":
            writer.big()
        elif what == "truncate":
            result["done"] = writer.checkpoint("truncate")
        elif what == "vacuum":
            writer.vacuum()
        elif what == "digest":
            result["sha"] = digest(writer.connection)
            result["check"] = writer.connection.execute("pragma integrity_check").fetchone()[0]
        elif what == "close":
            paused = True
            writer.close()
        elif what == "pause":
            paused = True
        elif what == "go":
            paused = False
            if not writer.connection:
                writer.open()
        say(did=what, number=writer.number, **result)
    writer.close()
    say(ended=writer.number)


main()
