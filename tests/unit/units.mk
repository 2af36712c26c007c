# SPDX-License-Identifier: GPL-2.0-or-later
#
# What each unit test links beside the two libraries: UNIT_<name> = sources, UNITPKGS_<name> = packages.
UNIT_config := p2v-supervisor/kernel-cmdline.c
UNIT_permit := p2v-supervisor/permit.c
