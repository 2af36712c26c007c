# SPDX-License-Identifier: GPL-2.0-or-later
#
# What each unit test links beside the two libraries: UNIT_<name> = sources, UNITPKGS_<name> = packages.
