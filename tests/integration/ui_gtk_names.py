#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What an assistive program sees of p2v-ui-gtk: prints "ROLE: NAME" of everything that can be operated, in the order of the
# accessibility tree, and presses the button that the first argument names.
import sys
import time

import gi
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib

OPERATED = {"push button", "check box", "combo box", "text", "password text", "progress bar"}


def all_of(node):
    yield node
    for number in range(node.get_child_count()):
        child = node.get_child_at_index(number)
        if child is not None:
            yield from all_of(child)


def until(condition, words, seconds=60):
    """All that there is, once the condition holds of it, and twice in a row; or the words, and the end."""
    deadline, before = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            seen = list(all_of(Atspi.get_desktop(0)))
            names = [(node.get_role_name(), node.get_name()) for node in seen]
        except GLib.Error:                     # something has gone while it was looked at
            names = None
        if names is not None and names == before and condition(names):
            return seen
        before = names
        time.sleep(0.5)
    sys.exit(words)


Atspi.set_timeout(30000, 30000)        # of a machine that is busy
nodes = until(lambda names: sum(role == "check box" for role, _ in names) > 5, "the machine was not seen")
nodes = [node for node in nodes if node.get_role_name() in OPERATED]
for node in nodes:
    print("%s: %s" % (node.get_role_name(), node.get_name()))
for node in nodes:
    if node.get_name() == sys.argv[1]:
        node.get_action_iface().do_action(0)
until(lambda names: any(role == "label" and "GNU GPL" in name for role, name in names), "the button does nothing")
print("pressed")
