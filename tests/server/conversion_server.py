# SPDX-License-Identifier: GPL-2.0-or-later
#
# conversion-server.sh as a child of a Python program.


def wait_until_ready(output):
    """What the server says of itself on its standard output once it can be reached, {"server_port": "2222", ...}; None where it ends
    before, which it has explained on its standard error."""
    env = {}
    for line in output:
        name, _, value = line.strip().partition("=")
        env[name] = value
        if name == "server_fingerprint":       # the last
            return env
    return None
