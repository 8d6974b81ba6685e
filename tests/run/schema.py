#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates lines of a log against a JSON Schema: schema.py SCHEMA LOG...

Knows the keywords that our schema uses and refuses any other. Each line is spoilt in several ways,
too, and must then fail. Where Debian's jsonschema is installed, it has to agree.
"""

import json
import re
import sys

TYPES = {"integer": int, "number": (int, float), "string": str, "null": type(None), "object": dict,
         "array": list}
NOTES = {"$schema", "title", "description", "format"}


def is_type(value, name):
    if name == "boolean" or isinstance(value, bool):
        return isinstance(value, bool) and name == "boolean"
    return isinstance(value, TYPES[name])


CHECKS = {
    "type": lambda v, s: any(is_type(v, t) for t in ([s] if isinstance(s, str) else s)),
    "const": lambda v, s: type(v) is type(s) and v == s,
    "enum": lambda v, s: v in s,
    "minimum": lambda v, s: v >= s,
    "maximum": lambda v, s: v <= s,
    "minLength": lambda v, s: len(v) >= s,
    "maxLength": lambda v, s: len(v) <= s,
    "pattern": lambda v, s: re.search(s, v) is not None,
    "required": lambda v, s: all(name in v for name in s),
    "properties": lambda v, s: all(valid(v[name], sub) for name, sub in s.items() if name in v),
    "propertyNames": lambda v, s: all(valid(name, s) for name in v),
    "minProperties": lambda v, s: len(v) >= s,
    "maxProperties": lambda v, s: len(v) <= s,
    "minItems": lambda v, s: len(v) >= s,
    "items": lambda v, s: all(valid(item, s) for item in v),
    "allOf": lambda v, s: all(valid(v, sub) for sub in s),
    "if": lambda v, s: True,
}


def valid(value, schema):
    for key, sub in schema.items():
        if key == "then":
            if valid(value, schema["if"]) and not valid(value, sub):
                return False
        elif key == "additionalProperties":  # false: the only value we know
            if not set(value) <= set(schema["properties"]):
                return False
        elif key not in NOTES and not key.startswith("x-") and not CHECKS[key](value, sub):
            return False
    return True


def spoilt(line):
    for name in line:
        yield {key: value for key, value in line.items() if key != name or name in optional(line)}
        yield {**line, name: {}}
    yield {**line, "surprise": 1}
    yield {**line, "event": "no.such"}
    yield {**line, "time": line["time"][:-1]}
    yield {**line, "seq": 0}


def optional(line):
    """Members that may be left out: taking them away spoils nothing."""
    return set(line) - REQUIRED - KINDS[line["event"]]


def main(schema_path, *logs):
    global REQUIRED, KINDS
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    REQUIRED = set(schema["required"])
    KINDS = {rule["if"]["properties"]["event"]["const"]: set(rule["then"]["required"])
             for rule in schema["allOf"][1:]}
    try:
        import jsonschema
        other = jsonschema.Draft202012Validator(schema).is_valid
        jsonschema.Draft202012Validator.check_schema(schema)
    except ImportError:
        other = lambda line: valid(line, schema)
    lines = bad = 0
    for path in logs:
        with open(path, encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                lines += 1
                good = valid(line, schema) and other(line)
                wrong = [s for s in spoilt(line) if s != line and (valid(s, schema) or other(s))]
                if not good or wrong:
                    bad += 1
                    print(f"{'passes though spoilt' if good else 'fails'}: {(wrong or [line])[0]}")
    print(f"{lines} lines, {bad} bad")
    return bad != 0 or lines == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
