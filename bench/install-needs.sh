#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install-needs.sh: what the benchmark needs beyond the tests' needs: the classic virt-p2v, and what it takes to run it.
#
# From Debian 12's own packages; installs only what is missing, asks nothing, and is instant and offline when nothing is.
set -euo pipefail

exec "$(dirname "$0")/../tests/install-needs.sh" virt-p2v libgtk-3-0 libdbus-1-3 curl
