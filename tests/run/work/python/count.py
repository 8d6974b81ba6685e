# SPDX-License-Identifier: Apache-2.0
"""count.py MODE: three processes count in a database of this journal mode."""
import multiprocessing
import sqlite3
import sys


def connect():
    return sqlite3.connect("counts.db", timeout=60, isolation_level=None)


def count(_):
    db = connect()
    for _ in range(50):
        db.execute("begin immediate")
        db.execute("update counts set n = n + 1")
        db.execute("commit")


if __name__ == "__main__":
    first = connect()
    print(first.execute("pragma journal_mode = " + sys.argv[1]).fetchone())
    first.execute("create table if not exists counts (n)")
    first.execute("delete from counts")
    first.execute("insert into counts values (0)")
    with multiprocessing.Pool(3) as pool:
        pool.map(count, range(3))
    print(first.execute("select n from counts").fetchone(),
          first.execute("pragma integrity_check").fetchone())
