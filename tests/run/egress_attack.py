# SPDX-License-Identifier: Apache-2.0
"""What a program in a box may try on the network: one function each, in the box of egress-attack.sh."""

import importlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from egress_client import CASES, run  # noqa: E402

for subject in ("tls", "http", "bodies", "answers", "ports", "names", "storms"):
    importlib.import_module(f"egress_attack_{subject}")

if __name__ == "__main__":
    run(CASES, sys.argv[1:])
