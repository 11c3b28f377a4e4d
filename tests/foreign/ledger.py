"""A small application that can tell at every read whether it sees one committed state: its accounts add up to zero, its
items agree with their total and with their index. Knows nothing of Lastgood; plain sqlite3.
"""
import hashlib
import random
import sqlite3

ACCOUNTS = 60


def connect(path, timeout=10.0):
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
    connection.execute("pragma synchronous=off")
    return connection


def create(connection, page_size):
    connection.execute(f"pragma page_size={page_size}")
    connection.execute("pragma journal_mode=wal")
    connection.executescript(
        """
        create table account(id integer primary key, balance int, padding blob);
        create table item(id integer primary key, kind int, content blob);
        create index item_by_kind on item(kind);
        create table total(items int, bytes int);
        """
    )
    connection.execute("begin")
    connection.execute("insert into total values(0, 0)")
    for number in range(ACCOUNTS):
        connection.execute("insert into account values(?, 0, ?)", (number, b"p" * (page_size // 3)))
    connection.execute("commit")


def change(connection, seed, items, item_bytes):
    """One transaction, wholly decided by its seed: some transfers, and items that come or go."""
    rng = random.Random(seed)
    connection.execute("begin immediate")
    for _ in range(rng.randint(1, 4)):
        giver, taker, amount = rng.randrange(ACCOUNTS), rng.randrange(ACCOUNTS), rng.randrange(100)
        connection.execute("update account set balance = balance - ? where id = ?", (amount, giver))
        connection.execute("update account set balance = balance + ? where id = ?", (amount, taker))
    if rng.random() < 0.55:
        for _ in range(rng.randint(1, items)):
            size = rng.randrange(1, item_bytes)
            connection.execute("insert into item(kind, content) values(?, ?)", (rng.randrange(1000), rng.randbytes(size)))
            connection.execute("update total set items = items + 1, bytes = bytes + ?", (size,))
    else:
        low = rng.randrange(1000)
        between = (low, low + rng.randint(20, 400))
        count, size = connection.execute(
            "select count(*), coalesce(sum(length(content)), 0) from item where kind between ? and ?", between
        ).fetchone()
        connection.execute("delete from item where kind between ? and ?", between)
        connection.execute("update total set items = items - ?, bytes = bytes - ?", (count, size))
    connection.execute("commit")


def require_invariant(connection):
    """Raises AssertionError when the state is none that was ever committed."""
    connection.execute("begin")
    try:
        (balance,) = connection.execute("select sum(balance) from account").fetchone()
        total = connection.execute("select items, bytes from total").fetchone()
        counted = connection.execute("select count(*), coalesce(sum(length(content)), 0) from item").fetchone()
        (indexed,) = connection.execute("select count(kind) from item indexed by item_by_kind where kind >= 0").fetchone()
    finally:
        if connection.in_transaction:
            connection.execute("commit")
    if balance != 0 or counted != total or indexed != total[0]:
        raise AssertionError(f"balance {balance}, total {total}, counted {counted}, indexed {indexed}")


def digest(connection):
    summary = hashlib.sha1()
    for table in ("account", "item", "total"):
        for row in connection.execute(f"select * from {table} order by 1"):
            summary.update(repr(row).encode())
    return summary.hexdigest()


def integrity(connection):
    return connection.execute("pragma integrity_check").fetchone()[0]
