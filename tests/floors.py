#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves two rules of the design from the sources and the objects.

  floors.py includes SOURCE-ROOT   an include points to the same floor or to a lower one, and the
                                   two floors of one height never include each other
  floors.py pure LIBRARY           the pure floors call nothing that could reach the kernel, the
                                   clock or the environment, and keep no writable global
  floors.py self-test              each rule complains when it is broken

A function of libc is pure here when its result follows from its arguments and from memory alone.
Whoever needs another one adds it to PURE_LIBC, if that is true of it.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HEIGHT = {"base": 0, "wire": 1, "eco": 2, "policy": 3, "os": 4, "sandbox": 5, "egress": 5, "inventory": 5,
          "supervise": 6, "sink": 7, "cli": 8}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)

PURE_LIBC = set("""
    bcmp memchr memcmp memcpy memmem memmove memrchr memset explicit_bzero
    stpcpy strchr strchrnul strcmp strcpy strcspn strlen strncmp strncpy strnlen strpbrk strrchr
    fnmatch strspn strstr strerror strerrordesc_np
    snprintf vsnprintf
    abort calloc free malloc realloc reallocarray __assert_fail
    bsearch qsort qsort_r
    ini_parse_string ini_parse_string_length ini_parse_stream
    yaml_parser_initialize yaml_parser_set_input_string yaml_parser_parse yaml_parser_delete
    yaml_event_delete
    __stack_chk_fail _GLOBAL_OFFSET_TABLE_
""".split())


def floor_of(path):
    """src/cli/exec.c, include/cli/exec.h and "cli/exec.h" are all of the floor cli."""
    for part in Path(path).parts:
        if part in HEIGHT:
            return part
    return None


def allowed(user, used):
    return user == used or HEIGHT[used] < HEIGHT[user]


def check_includes(root):
    complaints = []
    sources = [p for d in ("src", "include") for p in sorted(Path(root, d).rglob("*.[ch]"))]
    for path in sources:
        name = path.relative_to(root)
        user = floor_of(name)
        if user is None and name.parent != Path("src"):
            complaints.append(f"{name}: is on no floor")
        for target in INCLUDE.findall(path.read_text(encoding="utf-8")):
            used = floor_of(target)
            if used is None and not (Path(root, "include", target).exists()
                                     or (path.parent / target).exists()):
                continue  # the build makes it, from the lists in src/meson.build
            if used is None:
                complaints.append(f'{name}: "{target}" names no floor')
            elif user is not None and not allowed(user, used):
                complaints.append(f'{name}: {user} must not include "{target}"')
    return len(sources), complaints


def tool(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                          env={**os.environ, "LC_ALL": "C"}).stdout


def plain(symbol):
    """The function behind its fortified name: __snprintf_chk is snprintf with one check more."""
    return re.sub(r"^__(\w+)_chk$", r"\1", symbol)


def check_pure(library):
    complaints = []
    defined, wanted = set(), {}
    member = None
    for line in tool("nm", library).splitlines():
        if line.endswith(":"):
            member = line[:-1]
            continue
        kind, symbol = line.split()[-2:] if line.strip() else ("", "")
        if kind in ("U", "w", "v"):
            wanted.setdefault(symbol, member)
        elif kind:
            defined.add(symbol)
    for symbol, member in sorted(wanted.items()):
        if symbol not in defined and plain(symbol) not in PURE_LIBC:
            complaints.append(f"{member}: uses {symbol}(), which is not pure")
    for line in tool("objdump", "-t", library).splitlines():
        found = re.match(r"[0-9a-f]+ .{6}[O ] (\S+)\t[0-9a-f]+ +(?:\.hidden )?(\S+)", line)
        if found and re.match(r"(\.t?(data|bss)|\*COM\*)(?!\.rel\.ro)", found[1]) \
                and found[2] != found[1]:
            complaints.append(f"{found[2]} is a writable global ({found[1]})")
    return len(defined), complaints


BROKEN_INCLUDES = [
    ("src/base/x.c", '#include "policy/plan.h"', "base must not include"),
    ("src/sandbox/x.c", '#include "egress/flow.h"', "sandbox must not include"),
    ("src/egress/x.c", '# include "sandbox/init.h"', "egress must not include"),
    ("include/os/x.h", '#include "cli/main.h"', "os must not include"),
    ("src/cli/x.c", '#include "x.c"', "names no floor"),
    ("src/cli/x.c", '#include "verbs.h"', None),
    ("src/attic/x.c", "", "is on no floor"),
    ("src/cli/x.c", '#include "base/err.h"\n#include <unistd.h>', None),
    ("src/main.c", '#include "cli/main.h"', None),
]

BROKEN_OBJECTS = [
    ("#include <unistd.h>\nint f(void) { return getpid(); }", "getpid"),
    ("#include <time.h>\nlong f(void) { return time(0); }", "time"),
    ("#include <stdlib.h>\nchar *f(void) { return getenv(\"X\"); }", "getenv"),
    ("#include <errno.h>\nint f(void) { return errno; }", "__errno_location"),
    ("int f(void) { static int n; return ++n; }", "writable global"),
    ("int f(void); int n = 3;", "n is a writable global"),
    ("__thread int n;", "n is a writable global"),
    ("extern int weak(void) __attribute__((weak)); int f(void) { return weak ? weak() : 0; }",
     "weak"),
    ("#include <string.h>\nconst char *const t[] = { \"a\" };\n"
     "int f(const char *s) { return strcmp(s, t[0]); }", None),
]


def expect(name, want, complaints):
    met = any(want in c for c in complaints) if want else not complaints
    return [] if met else [f"{name}: wanted {want!r}, got {complaints}"]


def self_test():
    missed = []
    with tempfile.TemporaryDirectory() as top:
        for i, (name, text, want) in enumerate(BROKEN_INCLUDES):
            path = Path(top, str(i), name)
            path.parent.mkdir(parents=True)
            path.write_text(text)
            missed += expect(name, want, check_includes(Path(top, str(i)))[1])
        for i, (text, want) in enumerate(BROKEN_OBJECTS):
            source, library = Path(top, f"{i}.c"), Path(top, f"{i}.a")
            source.write_text(text)
            tool("cc", "-fPIE", "-O1", "-c", str(source), "-o", str(source.with_suffix(".o")))
            tool("ar", "rc", str(library), str(source.with_suffix(".o")))
            missed += expect(text, want, check_pure(library)[1])
    return len(BROKEN_INCLUDES) + len(BROKEN_OBJECTS), missed


def main(argv):
    checks = {"includes": (check_includes, "files"), "pure": (check_pure, "symbols"),
              "self-test": (self_test, "cases")}
    if len(argv) < 2 or argv[1] not in checks:
        sys.exit(__doc__)
    check, what = checks[argv[1]]
    n, complaints = check(*argv[2:])
    for complaint in complaints:
        print(f"# {complaint}")
    print(f"{'not ok' if complaints or n == 0 else 'ok'} 1 - {argv[1]}: {n} {what}")
    print("1..1")
    return 1 if complaints or n == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
