# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the dialogs ask for, between keys with values as they would be typed and the parts of messages that carry them (proto/p2v.proto:
# Connection, Guest, Output), for tests.
import re

CONNECTION = {"remote.server": "text", "remote.port": "number", "auth.username": "text", "auth.identity.url": "text", "auth.sudo": "truth"}
GUEST = {"guestname": "text", "vcpu.phys_topo": "truth", "vcpu.cores": "number", "memory": "size", "disks": "list", "removable": "list",
         "interfaces": "list", "network_map": "list"}
OUTPUT = {"output.type": "text", "output.connection": "text", "output.format": "text", "output.storage": "text", "output.allocation": "text",
          "output.misc": "list"}
PARTS = {"connection": CONNECTION, "guest": GUEST, "output": OUTPUT}
UNITS = {"K": 10, "M": 20, "G": 30}


def literal(text):
    return '"' + "".join("\\%03o" % byte for byte in text.encode()) + '"'


def field(part, key):
    return (key[len("output."):] if part == "output" else key).replace(".", "_")


HIDDEN = "(hidden)"                    # the value of a key that is told as hidden


def part_of(part, values):
    """ "guest { memory: 1 }", of those values that are its keys'; a list that is there and empty is given. """
    said = []
    for key, kind in PARTS[part].items():
        value = values.get(key)
        if value is None:
            continue
        if value == HIDDEN:
            said.append("hidden: " + literal(key))
            continue
        if kind == "size":
            value = str(int(value[:-1]) << UNITS[value[-1]]) if value[-1] in UNITS else value
        items = [item for item in value.split(",") if item] if kind == "list" else [value] if value else []
        said += ["%s: %s" % (field(part, key), literal(item) if kind in ("text", "list") else item) for item in items]
        if kind == "list" and not items:
            said.append("given: " + literal(key))
    return "%s { %s }" % (part, " ".join(said))


def parts(names, values):
    return " ".join(part_of(name, values) for name in names)


def unescape(text):
    data = re.sub(rb"\\(?:([0-7]{1,3})|(.))", lambda m: bytes([int(m[1], 8)]) if m[1] else m[2], text.encode("latin-1"))
    return data.decode()


def values_in(text):
    """The keys of the parts in protoc's text of a message, all of each part that is there."""
    found = {}
    for part, keys in PARTS.items():
        block = re.search(r"^  %s \{\n(.*?)^  \}" % part, text, flags=re.M | re.S)
        for key, kind in keys.items() if block is not None else ():
            said = re.findall(r'^    %s: (?:"((?:[^"\\]|\\.)*)"|(\S+))$' % field(part, key), block[1], flags=re.M)
            value = ",".join(unescape(a) if a or not b else b for a, b in said)
            found[key] = value or (HIDDEN if 'hidden: "%s"\n' % key in block[1] + "\n" else "false" if kind == "truth" else "")
            if kind == "size" and value:
                found[key] = "%dM" % (int(value) >> 20)
    return found
