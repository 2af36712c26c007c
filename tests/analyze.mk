# SPDX-License-Identifier: GPL-2.0-or-later
#
# make analyze            gcc -fanalyzer and clang-tidy (.clang-tidy says what is asked) over every .c of the programs, cppcheck over the tests too:
#                         any finding is an error
# make analyze -k         all findings, not the first file's alone
#
# Each file has a stamp for each tool in build/analyze: what has not changed is not looked at again. As many at once as there are
# processors. A tool that is wrong about one place is told so there; where that cannot be, in FALSE_<file> below, or, for cppcheck,
# in tests/cppcheck.suppressions.

# gcc 12 loses sight of a pointer that is kept in a struct or handed on by its middle.
# The block is found again by the address of its data (wiping_free).
FALSE_proto/channel := -Wno-analyzer-malloc-leak
# The list has the new item, in the place that it counts a line later.
FALSE_proto/config-table := -Wno-analyzer-malloc-leak
# So has the struct config, whose config_clear() frees it.
FALSE_proto/configuration := -Wno-analyzer-malloc-leak
# The disk has it; model_clear() frees it.
FALSE_p2v-ui/model-take := -Wno-analyzer-malloc-leak
# Where there is no URL, that is freed, which is nothing.
FALSE_p2v-fetch/main := -Wno-analyzer-double-free

A := $(B)/analyze
# The tests have cppcheck alone: the others ask there what happens where no memory is left, and name what a test does on purpose.
ANALYZED_PROGRAMS := $(sort $(wildcard $(addsuffix /*.c,$(call folder_of,$(PROGRAMS)) $(LIBS))))
ANALYZED := $(sort $(ANALYZED_PROGRAMS) $(wildcard $(addsuffix /*.c,tests/unit tests/hostile tests/hostile/attack tests/fuzz)))
ifeq ($(GTK),no)
ANALYZED := $(filter-out tests/unit/test-ui-gtk-%,$(ANALYZED))
endif
ANALYZE_PKGS := $(sort $(PKGS_proto) $(PKGS_sandbox) $(foreach program,$(PROGRAMS),$(PKGS_$(program))) cmocka)
ANALYZE_FLAGS = $(CPPFLAGS) $(FUZZ_CPPFLAGS) $(WARNINGS) $(shell pkg-config --cflags $(ANALYZE_PKGS))
$(A)/p2v-ui-gtk/%: CPPFLAGS += $(GTK_CPPFLAGS)

.PHONY: analyze analyze-stamps
analyze:
	+@nice $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) analyze-stamps
analyze-stamps: $(ANALYZED_PROGRAMS:%.c=$(A)/%.gcc) $(ANALYZED_PROGRAMS:%.c=$(A)/%.tidy) $(A)/cppcheck

$(A)/%.gcc: %.c $(B)/proto/p2v.pb-c.h tests/analyze.mk | $(B)/install-paths.h
	@mkdir -p $(@D)
	@echo "  GCC   $<"; $(CC) $(ANALYZE_FLAGS) $(CFLAGS) -fanalyzer $(FALSE_$*) -MMD -MP -MF $(A)/$*.d -MT '$(A)/$*.gcc' -c -o /dev/null $<
	@touch $@

$(A)/%.tidy: %.c $(B)/proto/p2v.pb-c.h tests/analyze.mk .clang-tidy | $(B)/install-paths.h
	@mkdir -p $(@D)
	@echo "  TIDY  $<"; clang-tidy --quiet $< -- $(ANALYZE_FLAGS) -MMD -MP -MF $(A)/$*.tidy.d -MT $@ 2>$@.log || { cat $@.log >&2; exit 1; }
	@touch $@

# It takes seconds for all of them, and sees more so.
$(A)/cppcheck: $(ANALYZED) $(wildcard $(addsuffix /*.h,$(sort $(dir $(ANALYZED))))) tests/cppcheck.suppressions tests/analyze.mk $(B)/proto/p2v.pb-c.h
	@mkdir -p $(@D)
	@echo "  CPPCHECK"; cppcheck --quiet --std=c11 --enable=warning,style,performance,portability --inline-suppr --error-exitcode=1 \
	    --suppressions-list=tests/cppcheck.suppressions --library=posix,gnu --template=gcc $(filter -D% -I%,$(CPPFLAGS) $(FUZZ_CPPFLAGS)) $(ANALYZED)
	@touch $@
