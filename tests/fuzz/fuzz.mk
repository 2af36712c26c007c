# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzing, by clang's libFuzzer with ASan and UBSan: tests/fuzz/fuzz-NAME.c is one target.  docs/FUZZING.md says what each is.
#
# make fuzz             each target for FUZZ_SECONDS (60), from its seeds, its kept cases and what earlier runs left in build/fuzz
# make fuzz FUZZ=NAME   that one alone
# make check-fuzz       all seeds and kept cases once through their targets
# make fuzz-coverage    the lines of the targets' files that seeds, cases and earlier runs reach
#
# FUZZ_<name> = the sources under test, beside proto/; FUZZPKGS_<name> = packages.

# The kernel command line's parser: its folder is written here alone.
KERNEL_CMDLINE := p2v-runner/kernel-cmdline
FUZZ_CPPFLAGS := -DKERNEL_CMDLINE_H='"$(KERNEL_CMDLINE).h"'

comma := ,
space := $(subst ,, )
FUZZ_COVERS_envelope := proto/channel.c proto/check.c proto/check-walk.c proto/descriptors.c
FUZZ_COVERS_cmdline := proto/config-table.c proto/config-nearest.c proto/config-print.c
# These two include their program's main.c.
FUZZ_COVERS_plan := p2v-plan/main.c
FUZZ_COVERS_supervisor := p2v-supervisor/main.c
FUZZ_COVERS_text := proto/text.c proto/error.c proto/ssh-names.c

FUZZ_cmdline := $(KERNEL_CMDLINE).c
FUZZ_filter := p2v-ui/neutralise.c
FUZZ_features := $(addprefix p2v-transport/,features.c session.c remote.c link.c) tests/fuzz/fake-ssh.c
FUZZ_sftp := $(addprefix p2v-transport/,sftp.c bundle.c remote.c link.c) tests/fuzz/fake-ssh.c
FUZZ_job := $(addprefix p2v-transport/,job.c bad-ranges.c sftp.c bundle.c remote.c link.c lost.c arguments.c physical-xml.c wrapper.c) tests/fuzz/fake-ssh.c
FUZZPKGS_job := libxml-2.0
FUZZ_known-hosts := p2v-transport/hostkey.c p2v-transport/known-hosts.c p2v-transport/key-types.c
FUZZPKGS_known-hosts := libssh
FUZZ_identity := p2v-transport/private-key.c
FUZZPKGS_identity := libssh
FUZZ_nbd := $(filter-out p2v-export/main.c p2v-export/policy.c p2v-export/external%.c p2v-export/pump.c p2v-export/report.c,$(wildcard p2v-export/*.c)) tests/unit/export-disk.c
FUZZ_contents := p2v-inspect/contents.c p2v-inspect/bios-raid.c p2v-inspect/lvm.c
FUZZPKGS_contents := blkid
FUZZ_lvm := p2v-inspect/lvm.c
FUZZ_tree := $(filter-out p2v-inspect/main.c p2v-inspect/%policy.c p2v-inspect/contents.c p2v-inspect/bios-raid.c p2v-inspect/lvm.c p2v-inspect/survey.c,$(wildcard p2v-inspect/*.c))
FUZZ_model := $(addprefix p2v-ui/,model.c model-lines.c model-send.c model-take.c rate.c words.c neutralise.c)
FUZZ_plan := $(filter-out %/main.c %/policy.c,$(wildcard p2v-plan/*.c)) p2v-transport/physical-xml.c p2v-transport/arguments.c
FUZZPKGS_plan := libxml-2.0
FUZZ_supervisor := $(filter-out %/main.c %/policy.c %/disks.c,$(wildcard p2v-supervisor/*.c)) p2v-runner/start.c $(KERNEL_CMDLINE).c
FUZZ_smbios := p2v-inspect/smbios.c
FUZZ_url := p2v-fetch/place.c p2v-fetch/fetch.c
FUZZPKGS_url := libcurl

FUZZ_CC      := clang
FUZZ_CFLAGS  := -O1 -g -fno-omit-frame-pointer -U_FORTIFY_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_SECONDS ?= 60
FUZZ_ALL     := $(patsubst tests/fuzz/fuzz-%.c,%,$(sort $(wildcard tests/fuzz/fuzz-*.c)))
FUZZ         ?= $(FUZZ_ALL)
FUZZ_PKGS    := $(sort $(PKGS_proto) $(foreach name,$(FUZZ_ALL),$(FUZZPKGS_$(name))))

# $(1): where the objects go, $(2): the flags of the compiler, $(3): of the linker for a target.
define fuzz_rules
$(1)/%.o: %.c $(B)/proto/p2v.pb-c.h VERSION Makefile tests/fuzz/fuzz.mk | $(B)/install-paths.h
	@mkdir -p $$(@D)
	@echo "  FUZZ  $$@"; $$(FUZZ_CC) $$(CPPFLAGS) $$(FUZZ_CPPFLAGS) $$(WARNINGS) $(2) $$(fuzz_cflags) -MMD -MP -c -o $$@ $$<
$(1)/p2v.pb-c.o: $(B)/proto/p2v.pb-c.c
	@mkdir -p $$(@D)
	@$$(FUZZ_CC) $$(CPPFLAGS) $(2) $$(fuzz_cflags) -c -o $$@ $$<
$(1)/libproto.a: $(patsubst %.c,$(1)/%.o,$(sort $(wildcard proto/*.c))) $(1)/p2v.pb-c.o
	@$$(AR) rcs $$@ $$^
$(1)/p2v-transport/wrapper.o: p2v-transport/virt-v2v-wrapper.sh
$(foreach name,$(FUZZ_ALL) canary,$(call fuzz_target,$(1),$(2),$(3),$(name)))
endef
define fuzz_target

$(1)/fuzz-$(4): $(1)/tests/fuzz/$(if $(filter canary,$(4)),,fuzz-)$(4).o $(FUZZ_$(4):%.c=$(1)/%.o) $(1)/libproto.a
	@echo "  FUZZ  $$@"; $$(FUZZ_CC) $(2) $(3) -o $$@ $$^ $$(shell pkg-config --libs $(PKGS_proto) $(FUZZPKGS_$(4)))
endef
fuzz_cflags = $(shell pkg-config --cflags $(FUZZ_PKGS))
$(eval $(call fuzz_rules,$(B)/fuzz,$(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,-fsanitize=fuzzer))
$(eval $(call fuzz_rules,$(B)/fuzz-coverage,$(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping,-fsanitize=fuzzer))

.PHONY: fuzz check-fuzz fuzz-coverage
fuzz: $(FUZZ:%=$(B)/fuzz/fuzz-%)
	B=$(B) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/fuzz $(FUZZ)

FUZZERS := $(FUZZ_ALL:%=$(B)/fuzz/fuzz-%) $(B)/fuzz/fuzz-canary
check-fuzz: $(FUZZERS)
	B=$(B) prove --timer tests/fuzz/replay.t

# A target's files are those under test; proto's are named where they are all there is to test.
fuzz-coverage: $(FUZZ:%=$(B)/fuzz-coverage/fuzz-%)
	B=$(B) tests/fuzz/coverage $(foreach name,$(FUZZ),$(name):$(subst $(space),$(comma),$(strip $(filter-out tests/%,$(FUZZ_$(name))) $(FUZZ_COVERS_$(name)))))
