# SPDX-License-Identifier: GPL-2.0-or-later
#
# What each unit test links beside the two libraries: UNIT_<name> = sources, UNITPKGS_<name> = packages.
UNIT_config := p2v-supervisor/kernel-cmdline.c
UNIT_permit := p2v-supervisor/permit.c
UNIT_inspect-names := p2v-inspect/names.c p2v-inspect/tree.c
UNIT_inspect-tree := p2v-inspect/tree.c
UNIT_inspect-smbios := p2v-inspect/smbios.c
UNIT_inspect-inventory := $(filter-out p2v-inspect/main.c,$(wildcard p2v-inspect/*.c))
UNIT_ui-neutralise := p2v-ui/neutralise.c
UNIT_export-zero := p2v-export/zero.c
UNIT_export-handshake := p2v-export/handshake.c p2v-export/connection.c
UNIT_export-serve := $(filter-out p2v-export/main.c p2v-export/policy.c,$(wildcard p2v-export/*.c))
