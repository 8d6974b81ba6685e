#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks documents in formats of others: documents.py spdx|junit|otlp FILE

SPDX 2.3 as its JSON schema has it (of what we write, and nothing besides) with what its text adds;
JUnit as the schema that Jenkins publishes; OTLP as the JSON mapping of its protocol buffers. Each
document is spoilt in several ways, too, and must then fail.
"""

import copy
import json
import re
import sys
import xml.etree.ElementTree as ET

from schema import valid


def text(pattern=""):
    return {"type": "string", "pattern": pattern}


def array(items, least=0):
    return {"type": "array", "minItems": least, "items": items}


def members(required, **optional):
    return {"type": "object", "additionalProperties": False, "required": list(required),
            "properties": {**required, **optional}}


DATE = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"
URI = r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$"
SPDX_ID = text(r"^SPDXRef-[A-Za-z0-9.-]+$")
SPDX = members(
    {"spdxVersion": {"const": "SPDX-2.3"}, "dataLicense": {"const": "CC0-1.0"},
     "SPDXID": {"const": "SPDXRef-DOCUMENT"}, "name": text("."),
     "documentNamespace": text(URI.replace("!-~", "!-\"$-~")),
     "creationInfo": members({"created": text(DATE),
                              "creators": array(text(r"^(Person|Organization|Tool): ."), 1)})},
    packages=array(members(
        {"SPDXID": SPDX_ID, "name": text("."),
         "downloadLocation": text(r"^(NONE|NOASSERTION)$|" + URI)},
        versionInfo=text("."), filesAnalyzed={"const": False}, comment=text(),
        checksums=array(members({"algorithm": {"enum": ["MD5", "SHA1", "SHA256", "SHA384", "SHA512"]},
                                 "checksumValue": text("^[0-9a-f]+$")}), 1),
        externalRefs=array(members({"referenceCategory": {"enum": ["PACKAGE-MANAGER"]},
                                    "referenceType": {"const": "purl"},
                                    "referenceLocator": text(r"^pkg:[a-z]+/\S+$")})))),
    relationships=array(members(
        {"spdxElementId": SPDX_ID, "relatedSpdxElement": SPDX_ID,
         "relationshipType": {"enum": ["DESCRIBES", "CONTAINS", "DEPENDS_ON"]}})))
DIGITS = {"MD5": 32, "SHA1": 40, "SHA256": 64, "SHA384": 96, "SHA512": 128}


def spdx(document):
    if not valid(document, SPDX):
        return False
    ids = [package["SPDXID"] for package in document["packages"]]
    related = [r["relatedSpdxElement"] for r in document["relationships"]]
    return len(set(ids)) == len(ids) and sorted(related) == sorted(ids) and all(
        len(c["checksumValue"]) == DIGITS[c["algorithm"]]
        for package in document["packages"] for c in package.get("checksums", []))


ANY = {**members({}, stringValue=text(), boolValue={"type": "boolean"},
                 intValue=text(r"^-?\d{1,19}$"), doubleValue={"type": "number"}),
       "minProperties": 1, "maxProperties": 1}
ATTRIBUTES = array(members({"key": text("."), "value": ANY}))
NANOSECONDS = text(r"^[1-9]\d{18}$")
OTLP = members({"resourceLogs": array(members(
    {"resource": members({"attributes": ATTRIBUTES}),
     "scopeLogs": array(members(
         {"scope": members({"name": text("."), "version": text(".")}),
          "logRecords": array(members(
              {"timeUnixNano": NANOSECONDS, "observedTimeUnixNano": NANOSECONDS,
               "severityNumber": {"type": "integer", "minimum": 1, "maximum": 24},
               "severityText": text("."), "eventName": text("."), "body": ANY,
               "attributes": ATTRIBUTES},
              traceId=text(r"^([0-9a-f]{32})?$"), spanId=text(r"^([0-9a-f]{16})?$"),
              flags={"type": "integer"}), 1)}), 1)}), 1)})


def otlp(document):
    """The keys of attributes are unique (Common, Attribute Collections)."""
    def lists(value):
        if isinstance(value, dict):
            yield from ([value["attributes"]] if "attributes" in value else [])
            value = list(value.values())
        for item in value if isinstance(value, list) else []:
            yield from lists(item)

    return valid(document, OTLP) and all(
        len({a["key"] for a in attributes}) == len(attributes) for attributes in lists(document))


# Of an element: which attributes it must and may have, and which elements it holds.
JUNIT = {
    "testsuites": ("", "name time tests failures disabled errors", "testsuite"),
    "testsuite": ("name", "tests failures errors time disabled skipped timestamp hostname id package",
                  "properties testcase system-out system-err"),
    "testcase": ("name", "assertions time classname status", "skipped error failure system-out system-err"),
    "failure": ("", "type message", ""),
    "error": ("", "type message", ""),
    "skipped": ("", "type message", ""),
}
NUMBERS = ("tests", "failures", "errors", "disabled", "skipped")


def element(e):
    must, may, holds = (words.split() for words in JUNIT.get(e.tag, ("", "", "")))
    return (e.tag in JUNIT and set(must) <= set(e.attrib) <= set(must + may)
            and all(re.fullmatch(r"\d+", e.get(n, "0")) for n in NUMBERS)
            and (e.tag in ("failure", "error", "skipped") or not (e.text or "").strip())
            and all(child.tag in holds and element(child) for child in e))


def junit(root):
    return root.tag == "testsuites" and element(root) and all(
        int(suite.get("tests")) == len(suite.findall("testcase"))
        and int(suite.get("failures")) == len(suite.findall("testcase/failure")) for suite in root)


def places(value, path=()):
    """Every member and item of a document."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield path + (key,)
        if isinstance(value[key], (dict, list)):
            yield from places(value[key], path + (key,))


def spoilt(document):
    for path in places(document):
        for wrong in ({"surprise": 1}, [None], ""):
            copied = copy.deepcopy(document)
            at = copied
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = wrong
            if isinstance(wrong, str) and path[-1] in ("comment", "stringValue"):
                continue  # text may be empty
            yield copied


def main(kind, path):
    with open(path, "rb") as file:
        data = file.read()
    if kind == "junit":
        good, bad = junit(ET.fromstring(data)), [ET.fromstring(data) for _ in range(4)]
        bad[0].set("surprise", "1")
        bad[1][0].attrib.pop("name")
        ET.SubElement(bad[2][0], "surprise")
        bad[3][0].set("failures", "x")
        missed = [b for b in bad if element(b)]
    else:
        check, document = {"spdx": spdx, "otlp": otlp}[kind], json.loads(data)
        good = check(document)
        missed = [b for b in spoilt(document) if b != document and check(b)]
    print(f"{kind}: {'good' if good else 'bad'}; {len(missed)} spoilt ones pass: {missed[:1]}"[:2000])
    return not good or bool(missed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
