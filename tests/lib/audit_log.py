# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a virt-p2v with --audit-log has written of its UI: for tests of windows, which cannot see what a dialog has been told.
import json
import os
import time

from transport_driver import wait_for


def ui_messages(path):
    """The types of the messages to the UI and from it so far; the last line may not be whole yet."""
    if not os.path.exists(path):
        return []
    with open(path) as log:
        lines = [json.loads(line) for line in log if line.endswith("\n")]
    return [line["type"] for line in lines if "type" in line and "p2v-ui" in (line["from"], line["to"])]


def shows(display, path, kind):
    """Whether there comes to be a message of this type; then the dialog has had the time to draw what follows from it."""
    told = wait_for(lambda: kind in ui_messages(path), 60)
    time.sleep(1)
    display.rests()
    return told
