"""A program that knows nothing of Lastgood: it moves money between accounts, or watches that none is lost.

usage: money_mover.py write|watch <database> [--pause SECONDS]

The sum over all accounts, and over the index, is the same in every committed state. Prints {"ready": true}, and when its
input ends {"rounds", "broken", "errors"}: `broken` are reads that saw another sum, `errors` what SQLite said.
"""
import argparse
import json
import random
import sqlite3
import sys
import threading
import time

ACCOUNTS, EACH = 400, 1000


def set_up(connection):
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table if not exists account(id integer primary key, owner text, amount int)")
    connection.execute("create table if not exists move(id integer primary key, source int, target int, note blob)")
    connection.execute("create index if not exists account_amount on account(amount)")
    with connection:
        connection.execute("begin immediate")
        connection.executemany(
            "insert or ignore into account values(?, ?, ?)",
            [(i, f"owner {i} " + "x" * 200, EACH) for i in range(1, ACCOUNTS + 1)],
        )


def write(connection, rng):
    source, target, amount = rng.randint(1, ACCOUNTS), rng.randint(1, ACCOUNTS), rng.randint(1, 50)
    connection.execute("begin immediate")
    connection.execute("update account set amount = amount - ? where id = ?", (amount, source))
    connection.execute("update account set amount = amount + ? where id = ?", (amount, target))
    connection.execute("insert into move(source, target, note) values(?, ?, ?)", (source, target, rng.randbytes(rng.randrange(900))))
    if rng.random() < 0.02:
        connection.execute("delete from move where id % 3 = 0")
    connection.execute("commit")
    return True


def watch(connection, _rng):
    connection.execute("begin")
    by_row = connection.execute("select count(*), sum(amount) from account not indexed").fetchone()
    by_index = connection.execute("select count(*), sum(amount) from account indexed by account_amount").fetchone()
    moves = connection.execute("select count(*), count(note) from move").fetchone()
    connection.execute("commit")
    return by_row == by_index == (ACCOUNTS, ACCOUNTS * EACH) and moves[0] == moves[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["write", "watch"])
    parser.add_argument("database")
    parser.add_argument("--pause", type=float, default=0.002)
    args = parser.parse_args()
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    connection = sqlite3.connect(args.database, timeout=10, isolation_level=None)
    if args.what == "write":
        set_up(connection)
    connection.execute("pragma synchronous=normal")
    print(json.dumps({"ready": True}), flush=True)
    work, rng = {"write": write, "watch": watch}[args.what], random.Random(11)
    report = {"rounds": 0, "broken": 0, "errors": []}
    while not ended.is_set():
        try:
            report["broken"] += not work(connection, rng)
        except sqlite3.Error as error:
            report["errors"].append(repr(error))
            if connection.in_transaction:
                connection.rollback()
        report["rounds"] += 1
        time.sleep(args.pause)
    print(json.dumps(report), flush=True)


main()
