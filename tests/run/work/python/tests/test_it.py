# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import multiprocessing
import subprocess
import sys
import tempfile
import unittest


def square(n):
    return n * n


class It(unittest.TestCase):
    def test_forked(self):
        with multiprocessing.Pool(2) as pool:
            self.assertEqual(pool.map(square, range(5)), [0, 1, 4, 9, 16])

    def test_spawned(self):
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
            self.assertEqual(list(pool.map(square, range(3))), [0, 1, 4])

    def test_manager(self):
        with multiprocessing.Manager() as manager:
            self.assertEqual(manager.dict(a=1)["a"], 1)

    def test_threads(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(sum(pool.map(square, range(100))), 328350)

    def test_temporary(self):
        with tempfile.TemporaryDirectory() as top, open(top + "/a", "w", encoding="ascii") as out:
            out.write("a")

    def test_program(self):
        self.assertEqual(subprocess.check_output([sys.executable, "-c", "print(1)"]), b"1\n")
