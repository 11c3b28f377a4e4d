"""What the programs of the power cuts write and how their content is told: a counter, items, and a digest of both.

The change that commit `number` makes depends on the seed, the number and the content before it, so that it can be made
again in another database, which is then an independent witness of the state after it.
"""
import hashlib
import random

SCHEMA = """
create table counter(id integer primary key, text blob);
create table item(id integer primary key, kind int, content blob);
create index item_by_kind on item(kind);
insert into counter values(1, 'CNT=000000000000');
"""
MOST_ITEMS = 150


def counter(connection):
    (text,) = connection.execute("select text from counter").fetchone()
    return int(text[4:])


def digest(connection):
    total = hashlib.sha1()
    (text,) = connection.execute("select text from counter").fetchone()
    total.update(f"{text}\n".encode())
    for number, kind, content in connection.execute("select id, kind, content from item order by id"):
        total.update(f"{number}|{kind}|{content.hex()}\n".encode())
    return total.hexdigest()


def change(connection, seed, number):
    """One transaction's statements; the caller begins and commits."""
    dice = random.Random(f"{seed}:{number}")
    ids = [row[0] for row in connection.execute("select id from item order by id")]
    kind = dice.randrange(10)
    if len(ids) > MOST_ITEMS:
        connection.executemany("delete from item where id=?", [(one,) for one in dice.sample(ids, len(ids) // 2)])
    elif kind < 5 or len(ids) < 10:
        first = (ids[-1] if ids else 0) + 1
        count = 40 if kind == 0 else dice.randrange(1, 4)
        for one in range(first, first + count):
            content = dice.randbytes(dice.randrange(20, 900))
            connection.execute("insert into item values(?, ?, ?)", (one, dice.randrange(5), content))
    elif kind < 9:
        for one in dice.sample(ids, min(len(ids), dice.randrange(1, 6))):
            content = dice.randbytes(dice.randrange(20, 900))
            connection.execute("update item set kind=?, content=? where id=?", (dice.randrange(5), content, one))
    else:
        for one in dice.sample(ids, 2):
            connection.execute("delete from item where id=?", (one,))
    connection.execute("update counter set text=?", (f"CNT={number:012d}",))
