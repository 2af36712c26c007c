# SPDX-License-Identifier: GPL-2.0-or-later
#
# make            the programs, in build/bin
# make GTK=no     all but p2v-ui-gtk, where GTK 4 is not installed
# make docs       the manuals as HTML, into build/docs; make screenshots: the dialogs' pictures, into docs/screenshots and virt-p2v(1)
# make pot        the texts to be translated, into po/
# make demo       one real conversion on this machine, from nothing to a login prompt
# make check      every test but those of make check-image and make check-newcomer, several at once;  make check-unit: the quick ones
# make analyze    gcc -fanalyzer, clang-tidy and cppcheck (tests/analyze.mk);  make check-valgrind: unit tests under memcheck (tests/valgrind.mk)
# make check SANITIZE=1   the tests with ASan, LSan and UBSan in every program, in build/sanitize (tests/sanitize.mk)
# make fuzz       the parsers of what comes from outside, with made-up input, a minute each (tests/fuzz/fuzz.mk); make check-fuzz: what is kept of it
# make check-newcomer  the README's commands on a machine that has nothing: a quarter of an hour
# make check-image  the boot image, booted in many ways: about half an hour
# make bench      how fast the data path is against the classic arrangement, into bench/RESULTS.md
# make install    below /usr/local, or prefix=DIR and the other names of packaging/install.mk; make uninstall takes it away
# make deb        Debian packages, into build/deb;  make rpm: for Fedora and RHEL, into build/rpm
# make clean
#
# A program is every .c of its folder, which bears its name (p2v-runner's is virt-p2v), and what SHARED_<program> lists; a unit test is one .c of tests/unit, linked with what UNIT_<name> lists.

VERSION := $(shell cat VERSION)

B        := build
include tests/sanitize.mk
CC       ?= cc
PKGS_proto   := libprotobuf-c
PKGS_sandbox := libcap-ng libseccomp
PKGS_p2v-transport := libssh libxml-2.0
PKGS_p2v-inspect   := blkid
PKGS_p2v-fetch     := libcurl
PKGS_p2v-ui        := libnewt slang
PKGS_p2v-ui-gtk    := gtk4
GTK      ?= yes
ALL_PROGRAMS := virt-p2v p2v-supervisor p2v-inspect p2v-plan p2v-export p2v-transport p2v-ui p2v-fetch p2v-ui-gtk
PROGRAMS := $(if $(filter no,$(GTK)),$(filter-out p2v-ui-gtk,$(ALL_PROGRAMS)),$(ALL_PROGRAMS))
# The dialogs' model, and the machine that --demo invents, are p2v-ui's.
SHARED_p2v-ui-gtk := $(addprefix p2v-ui/,model.c model-lines.c model-send.c model-take.c rate.c words.c neutralise.c demo.c demo-machine.c)
LIBS     := proto sandbox
folder_of = $(patsubst virt-p2v,p2v-runner,$(1))

pkgs      = $(PKGS_proto) $(PKGS_sandbox) $(PKGS_$(1))
cflags_of = $(shell pkg-config --cflags $(call pkgs,$(1)))
libs_of   = $(shell pkg-config --libs $(call pkgs,$(1)))

CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_FORTIFY_SOURCE=2 -DP2V_VERSION='"$(VERSION)"' -I. -I$(B)
CFLAGS   ?= -O2 -g
WARNINGS := -std=c11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wvla -Wformat=2 -Wimplicit-fallthrough -Wundef -Wwrite-strings -Wno-missing-field-initializers
HARDEN   := -fPIE -fstack-protector-strong -fstack-clash-protection \
            $(shell $(CC) -fcf-protection -E -x c /dev/null >/dev/null 2>&1 && echo -fcf-protection)
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed

.DELETE_ON_ERROR:
.PHONY: all catalogues pot docs screenshots clean check check-all check-unit check-integration check-end-to-end check-sources check-image check-newcomer demo bench needs deb rpm guest
all: $(PROGRAMS:%=$(B)/bin/%) catalogues

# ---- what the build needs: looked for once, before all else ---------------------------------------------
$(B)/needs-gtk-$(GTK): packaging/build-needs Makefile
	@packaging/build-needs $(CC) $(sort $(foreach program,$(PROGRAMS),$(call pkgs,$(program))))
	@mkdir -p $(@D)
	@touch $@

# ---- proto: the generated messages and the code round them ---------------------------------------------
$(B)/proto/p2v.pb-c.c $(B)/proto/p2v.pb-c.h &: proto/p2v.proto | $(B)/needs-gtk-$(GTK)
	@mkdir -p $(B)/proto
	@echo "  PROTO $@"; protoc-c --proto_path=proto --c_out=$(B)/proto p2v.proto

# ---- objects ------------------------------------------------------------------------------------------
objects_of = $(patsubst %.c,$(B)/%.o,$(sort $(wildcard $(1)/*.c)))

define object_rules
$(B)/$(1)/%.o: $(1)/%.c $(B)/proto/p2v.pb-c.h VERSION Makefile | $(B)/install-paths.h
	@mkdir -p $$(@D)
	@echo "  CC    $$@"; $$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(WARNINGS) $$(HARDEN) $$(call cflags_of,$(1)) -MMD -MP -c -o $$@ $$<
endef
$(foreach dir,$(call folder_of,$(PROGRAMS)) $(LIBS) tests/unit tests/hostile tests/hostile/attack tests/sanitize,$(eval $(call object_rules,$(dir))))
# No function of GTK that is newer than the oldest one that will do, and no warning of one that has become old since.
GTK_CPPFLAGS := -DGDK_VERSION_MIN_REQUIRED=GDK_VERSION_4_8 -DGDK_VERSION_MAX_ALLOWED=GDK_VERSION_4_8
$(B)/p2v-ui-gtk/%.o: CPPFLAGS += $(GTK_CPPFLAGS)

$(B)/proto/p2v.pb-c.o: $(B)/proto/p2v.pb-c.c
	@echo "  CC    $@"; $(CC) $(CPPFLAGS) $(CFLAGS) $(HARDEN) -c -o $@ $<

$(B)/libproto.a: $(call objects_of,proto) $(B)/proto/p2v.pb-c.o
$(B)/libsandbox.a: $(call objects_of,sandbox)
$(B)/lib%.a:
	@$(AR) rcs $@ $^

# wrapper.c embeds the script that runs on the conversion server.
$(B)/p2v-transport/wrapper.o: p2v-transport/virt-v2v-wrapper.sh

# ---- programs -----------------------------------------------------------------------------------------
define program_rule
$(B)/bin/$(1): $(call objects_of,$(call folder_of,$(1))) $(SHARED_$(1):%.c=$(B)/%.o) $(B)/libsandbox.a $(B)/libproto.a
	@mkdir -p $$(@D)
	@echo "  CC    $$@"; $$(CC) $$(CFLAGS) $$(LDFLAGS) $$(LDHARDEN) -o $$@ -Wl,--start-group $$^ -Wl,--end-group $$(call libs_of,$(1))
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rule,$(program))))

# ---- texts in other languages -------------------------------------------------------------------------
# po/LANGUAGE.po is a translation; make pot collects the texts anew and merges them into all translations.
LANGUAGES := $(patsubst po/%.po,%,$(sort $(wildcard po/*.po)))
catalogues: $(LANGUAGES:%=$(B)/locale/%/LC_MESSAGES/virt-p2v.mo)

$(B)/locale/%/LC_MESSAGES/virt-p2v.mo: po/%.po | $(B)/needs-gtk-$(GTK)
	@mkdir -p $(@D)
	@echo "  MO    $@"; msgfmt --check -o $@ $<

pot:
	xgettext --language=C --keyword=_ --keyword=N_ --from-code=UTF-8 --no-location --sort-output --package-name=virt-p2v \
	    --copyright-holder='the virt-p2v developers' -o po/virt-p2v.pot proto/config-table.c $(sort $(wildcard p2v-ui*/*.c))
	sed -i '/^"POT-Creation-Date:/d' po/virt-p2v.pot
	for language in $(LANGUAGES); do msgmerge --quiet --update --backup=none --no-fuzzy-matching po/$$language.po po/virt-p2v.pot; done

# ---- documentation ------------------------------------------------------------------------------------
docs:
	docs/make-html $(B)/docs

screenshots: all
	docs/screenshots/make-terminal
	docs/screenshots/make-text --write
	docs/screenshots/make-gtk

# ---- installation -------------------------------------------------------------------------------------
include packaging/install.mk

deb:
	packaging/make-deb

rpm:
	packaging/make-rpm

# ---- tests --------------------------------------------------------------------------------------------
# tests/unit/test-NAME.c is linked with both libraries and the objects that UNIT_NAME names.
include tests/unit/units.mk
UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/tests/%,$(sort $(wildcard tests/unit/test-*.c)))
ifeq ($(GTK),no)
UNIT_TESTS := $(filter-out $(B)/tests/test-ui-gtk-%,$(UNIT_TESTS))
endif

define unit_rule
$(B)/tests/test-$(1): $(B)/tests/unit/test-$(1).o $(UNIT_$(1):%.c=$(B)/%.o) $(B)/libsandbox.a $(B)/libproto.a
	@mkdir -p $$(@D)
	@echo "  CC    $$@"; $$(CC) $$(CFLAGS) $$(LDFLAGS) $$(LDHARDEN) -o $$@ -Wl,--start-group $$^ -Wl,--end-group \
	    $$(shell pkg-config --libs $(PKGS_proto) $(PKGS_sandbox) cmocka $(UNITPKGS_$(1)))
endef
$(foreach unit,$(UNIT_TESTS:$(B)/tests/test-%=%),$(eval $(call unit_rule,$(unit))))

include tests/fuzz/fuzz.mk
include tests/analyze.mk
include tests/valgrind.mk

# tests/hostile/NAME.c is a peer that lies to one of the programs.
HOSTILE := $(patsubst tests/hostile/%.c,$(B)/tests/%,$(wildcard tests/hostile/*.c))

define hostile_rule
$(B)/tests/$(1): $(B)/tests/hostile/$(1).o $(B)/libsandbox.a $(B)/libproto.a
	@mkdir -p $$(@D)
	@echo "  CC    $$@"; $$(CC) $$(CFLAGS) $$(LDFLAGS) $$(LDHARDEN) -o $$@ -Wl,--start-group $$^ -Wl,--end-group \
	    $$(call libs_of,$(1))
endef
$(foreach peer,$(HOSTILE:$(B)/tests/%=%),$(eval $(call hostile_rule,$(peer))))

# The helpers again, with their own objects and policies, but as attackers (tests/hostile/attack/inside.c); and who drives them.
ATTACK := tests/hostile/attack
ATTACKERS := $(filter-out virt-p2v p2v-supervisor,$(PROGRAMS))
ATTACKS := $(addprefix $(B)/tests/attack/,$(ATTACKERS) driver)
ATTEMPTS := $(patsubst %,$(B)/$(ATTACK)/%.o,attempts files network processes disk kernel inside)
wrap := -Wl,--wrap=

define attack_rule
$(B)/tests/attack/$(1): $(call objects_of,$(1)) $(SHARED_$(1):%.c=$(B)/%.o) $(ATTEMPTS) $(B)/libsandbox.a $(B)/libproto.a
	@mkdir -p $$(@D)
	@echo "  CC    $$@"; $$(CC) $$(CFLAGS) $$(LDFLAGS) $$(LDHARDEN) -o $$@ \
	    $(addprefix $(wrap),helper_lock namespaces_enter caps_drop limits_apply landlock_restrict seccomp_lock) \
	    -Wl,--start-group $$^ -Wl,--end-group $$(call libs_of,$(1))
endef
$(foreach program,$(ATTACKERS),$(eval $(call attack_rule,$(program))))

# It has the table of attempts, but makes none.
$(B)/tests/attack/driver: $(patsubst %,$(B)/$(ATTACK)/%.o,driver scene start) $(ATTEMPTS:%/inside.o=%/no-inside.o) $(B)/libsandbox.a $(B)/libproto.a
	@mkdir -p $(@D)
	@echo "  CC    $@"; $(CC) $(CFLAGS) $(LDFLAGS) $(LDHARDEN) -o $@ -Wl,--start-group $^ -Wl,--end-group $(call libs_of,driver)

needs:
	tests/install-needs.sh

check-unit: $(UNIT_TESTS)
	@set -e; for t in $(UNIT_TESTS); do echo "== $$t"; $$t; done

# Tests mostly wait, for a virtual machine, a timeout, a server: so more run at once than there are processors.
TESTS_AT_ONCE ?= $(shell echo $$((3 * $$(nproc))))
prove := prove -j$(TESTS_AT_ONCE) --timer --failures --comments
INTEGRATION := $(HOSTILE) $(ATTACKS) $(B)/tests/test-transport-physical-xml
END_TO_END := $(B)/tests/test-runner
# ASan keeps what was freed as it was, and reports the crashes that secrets.t makes: what stays in memory is tested without it.
END_TO_END_TESTS = $(filter-out $(if $(SANITIZER),tests/end-to-end/secrets%.t),$(sort $(wildcard tests/end-to-end/*.t)))

check-integration: all $(INTEGRATION)
	$(prove) tests/integration/ tests/hostile/

check-end-to-end: all $(END_TO_END)
	$(prove) $(END_TO_END_TESTS)

# Several tests need it and the packages, and whatever goes on beside them waits long while those are made.
guest:
	tests/guest/make-guest.sh

# make check boots it in one way, by network; the others take longer, and each the whole machine.
check-image: needs
	$(MAKE) all deb guest
	P2V_DEBS=$(CURDIR)/build/deb prove --timer tests/image/

# These take minutes, and come first, so that none of them is alone at the end: those that compute by turns with those that wait. The boot
# image is made of packages, in which there are no sanitizers: with SANITIZE=1 it would be tested as without.
LONGEST = $(if $(SANITIZER),,tests/image/network-boot.t) $(patsubst %,tests/%.t,integration/ui-gtk integration/ui-terminal hostile/helpers \
    end-to-end/real-conversion end-to-end/survive end-to-end/survive-not end-to-end/ui-terminal-real integration/deb \
    end-to-end/inspect-hardware hostile/attacks)
ALL_TESTS = $(END_TO_END_TESTS) $(sort $(wildcard tests/hostile/*.t tests/integration/*.t tests/fuzz/*.t))
check-all: all $(INTEGRATION) $(END_TO_END) $(FUZZERS)
	B=$(B) $(prove) $(LONGEST) $(filter-out $(LONGEST),$(ALL_TESTS))

# What looks at the sources goes on beside the tests, which mostly wait. With the sanitizers it would see the same sources, and valgrind
# cannot run such programs.
check: needs
	$(MAKE) check-unit
	$(MAKE) guest all $(INTEGRATION) $(END_TO_END) $(FUZZERS) deb
	P2V_DEBS=$(CURDIR)/build/deb $(MAKE) check-all $(if $(SANITIZER),,check-sources)
	$(if $(SANITIZER),$(MAKE) check-reports)

# One after the other, so that of two processors' jobs the tests have one from the beginning.
check-sources: analyze
	$(MAKE) check-valgrind

check-newcomer: needs
	prove --timer tests/newcomer/

demo: needs
	$(MAKE) all
	tests/demo.sh

bench:
	bench/install-needs.sh
	$(MAKE) all
	bench/bench

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
