# SPDX-License-Identifier: GPL-2.0-or-later
#
# make analyze            gcc -fanalyzer, clang-tidy (.clang-tidy) and cppcheck (tests/cppcheck.suppressions) over every .c: no finding
# make analyze-p2v-plan   one folder
#
# Each file has a stamp for each tool in build/analyze, so that what has not changed is not looked at again.

ANALYZED_DIRS := $(call folder_of,$(PROGRAMS)) $(LIBS)
ANALYZED_TESTS := tests/unit tests/hostile tests/hostile/attack tests/fuzz tests/lib
ANALYZED := $(foreach dir,$(ANALYZED_DIRS) $(ANALYZED_TESTS),$(sort $(wildcard $(dir)/*.c)))
ANALYZE_PKGS := $(sort $(PKGS_proto) $(PKGS_sandbox) $(foreach p,$(PROGRAMS),$(PKGS_$(p))) cmocka)
ANALYZE_FLAGS = $(CPPFLAGS) $(FUZZ_CPPFLAGS) $(WARNINGS) $(shell pkg-config --cflags $(ANALYZE_PKGS))
$(B)/analyze/p2v-ui-gtk/%: CPPFLAGS += $(GTK_CPPFLAGS)

A := $(B)/analyze
.PHONY: analyze
analyze: $(ANALYZED:%.c=$(A)/%.gcc) $(ANALYZED:%.c=$(A)/%.tidy) $(A)/cppcheck

$(A)/%.gcc: %.c $(B)/proto/p2v.pb-c.h tests/analyze.mk | $(B)/install-paths.h
	@mkdir -p $(@D)
	@echo "  GCC   $<"; $(CC) $(ANALYZE_FLAGS) $(CFLAGS) -fanalyzer $(FALSE_$(<:.c=)) -MMD -MP -MF $(A)/$*.d -MT '$(A)/$*.gcc $(A)/$*.tidy' -c -o /dev/null $<
	@touch $@

$(A)/%.tidy: %.c .clang-tidy $(B)/proto/p2v.pb-c.h tests/analyze.mk | $(B)/install-paths.h
	@mkdir -p $(@D)
	@echo "  TIDY  $<"; clang-tidy --quiet $< -- $(ANALYZE_FLAGS)
	@touch $@
