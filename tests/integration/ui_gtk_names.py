#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What an assistive program sees of p2v-ui-gtk: prints "ROLE: NAME" of everything that can be operated, in the order of the
# accessibility tree, and presses the button that the first argument names.
import sys
import time

import gi
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi

OPERATED = {"push button", "check box", "combo box", "text", "password text", "progress bar"}


def all_of(node):
    yield node
    for number in range(node.get_child_count()):
        child = node.get_child_at_index(number)
        if child is not None:
            yield from all_of(child)


def application(seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        desktop = Atspi.get_desktop(0)
        found = [node for number in range(desktop.get_child_count()) for node in all_of(desktop.get_child_at_index(number))]
        if sum(node.get_role_name() == "check box" for node in found) > 5:         # the machine is there
            return found
        time.sleep(0.5)
    sys.exit("no window was seen")


nodes = [node for node in application(30) if node.get_role_name() in OPERATED]
for node in nodes:
    print("%s: %s" % (node.get_role_name(), node.get_name()))
for node in nodes:
    if node.get_name() == sys.argv[1]:
        node.get_action_iface().do_action(0)
time.sleep(2)
for node in all_of(Atspi.get_desktop(0)):
    if node.get_role_name() == "label" and "GNU GPL" in node.get_name():
        print("pressed")
