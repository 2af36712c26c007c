# SPDX-License-Identifier: GPL-2.0-or-later
#
# What each unit test links beside the two libraries: UNIT_<name> = sources, UNITPKGS_<name> = packages.
UNIT_config := p2v-runner/kernel-cmdline.c
UNIT_sandbox := tests/unit/locked.c
UNIT_permit := p2v-supervisor/permit.c
UNIT_supervisor-policy := p2v-supervisor/policy.c tests/unit/locked.c
UNIT_inspect-names := p2v-inspect/names.c p2v-inspect/tree.c
UNIT_inspect-tree := p2v-inspect/tree.c
UNIT_inspect-smbios := p2v-inspect/smbios.c
UNIT_inspect-lvm := p2v-inspect/lvm.c
UNIT_inspect-clock := $(filter-out p2v-inspect/main.c,$(wildcard p2v-inspect/*.c))
UNITPKGS_inspect-clock := blkid
UNIT_inspect-inventory := $(filter-out p2v-inspect/main.c,$(wildcard p2v-inspect/*.c))
UNITPKGS_inspect-inventory := blkid
UI_MODEL := p2v-ui/model.c p2v-ui/model-lines.c p2v-ui/model-take.c p2v-ui/model-send.c p2v-ui/rate.c p2v-ui/neutralise.c tests/unit/model-supervisor.c
UNIT_ui-model-connection := $(UI_MODEL) p2v-ui/words.c
UNIT_ui-model-conversion := $(UI_MODEL)
UNIT_ui-gtk-policy := p2v-ui-gtk/policy.c tests/unit/locked.c
UNIT_ui-gtk-mnemonic := p2v-ui-gtk/mnemonic.c
UNITPKGS_ui-gtk-mnemonic := glib-2.0
$(B)/tests/unit/test-ui-gtk-mnemonic.o: CPPFLAGS += $(shell pkg-config --cflags glib-2.0)
UNIT_ui-neutralise := p2v-ui/neutralise.c
UNIT_ui-progress := p2v-ui/progress.c p2v-ui/rate.c p2v-ui/words.c
UNIT_export-zero := p2v-export/zero.c
UNIT_export-handshake := p2v-export/handshake.c p2v-export/connection.c p2v-export/pieces.c p2v-export/disk.c p2v-export/bad.c
# A server thread and clients, on a disk that fails and waits where a test says so.
EXPORT_HARNESS := $(filter-out p2v-export/main.c p2v-export/policy.c p2v-export/external%.c p2v-export/pump.c,$(wildcard p2v-export/*.c)) tests/unit/export-harness.c tests/unit/export-disk.c
UNIT_export-commands := $(EXPORT_HARNESS)
UNIT_export-read-errors := $(EXPORT_HARNESS)
UNIT_export-pieces := $(EXPORT_HARNESS)
UNIT_export-serve := $(EXPORT_HARNESS)
UNIT_export-bad := p2v-export/bad.c
UNIT_export-policy := p2v-export/policy.c tests/unit/locked.c
UNIT_export-external-policy := p2v-export/external-policy.c p2v-export/external.c tests/unit/locked.c
UNIT_machine := p2v-plan/machine.c
UNIT_choice := p2v-plan/choice.c p2v-plan/sets.c
UNIT_findings := p2v-plan/findings.c p2v-plan/machine.c p2v-plan/choice.c p2v-plan/sets.c
UNIT_plan-policy := p2v-plan/policy.c tests/unit/locked.c
UNIT_supervisor-plan := p2v-supervisor/plan.c p2v-supervisor/disks.c
UNIT_sets := p2v-plan/sets.c
UNIT_fetch-place := p2v-fetch/place.c
UNITPKGS_fetch-place := libcurl
UNIT_fetch-policy := p2v-fetch/policy.c tests/unit/locked.c
UNIT_transport-arguments := p2v-transport/arguments.c
UNIT_transport-bundle := p2v-transport/bundle.c
UNIT_transport-connect := p2v-transport/connect.c p2v-transport/link.c
UNITPKGS_transport-connect := libssh
UNIT_transport-features := p2v-transport/features.c p2v-transport/remote.c p2v-transport/link.c p2v-transport/names.c
UNITPKGS_transport-features := libssh
UNIT_transport-names := p2v-transport/names.c
UNIT_transport-pump-policy := p2v-transport/policy.c tests/unit/locked.c
UNIT_transport-physical-xml := p2v-transport/physical-xml.c
UNITPKGS_transport-physical-xml := libxml-2.0
$(B)/tests/unit/test-transport-physical-xml.o: CPPFLAGS += $(shell pkg-config --cflags libxml-2.0)
# The hostile SSH servers are no unit tests, but have a package of their own too.
PKGS_transport-liar := libssh
PKGS_transport-asker := libssh
UNIT_export-extents := p2v-export/extents.c p2v-export/pieces.c p2v-export/disk.c p2v-export/bad.c p2v-export/zero.c
UNIT_transport-hostkey := p2v-transport/hostkey.c p2v-transport/known-hosts.c p2v-transport/key-types.c
UNITPKGS_transport-hostkey := libssh
UNIT_terminal-policy := p2v-ui/policy.c p2v-ui/terminal-policy.c p2v-transport/policy.c tests/unit/locked.c
# It includes ask.c, to give it less time.
UNIT_transport-ask := p2v-transport/link.c
UNITPKGS_transport-ask := libssh
UNIT_runner := p2v-supervisor/runner.c $(addprefix p2v-runner/,serve.c become.c button.c identify.c) tests/unit/locked.c
UNIT_export-progress := p2v-export/progress.c
UNIT_supervisor-progress := p2v-supervisor/progress.c
