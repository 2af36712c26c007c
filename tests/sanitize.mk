# SPDX-License-Identifier: GPL-2.0-or-later
#
# The whole suite with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer: SANITIZE=1, to any target.
#
# make check SANITIZE=1                       everything, with programs and tests of their own in build/sanitize
# make check-unit check-reports SANITIZE=1    what is tested of it, and then what the sanitizers have said
#
# A sanitizer's report ends the process with status 199, goes to its standard error, and to build/sanitize/reports, which
# make check-reports wants to be empty, so that none is lost whose process nobody asked about.  tests/sanitize/sanitize.c says what the lock
# permits to such a program, and that alone is different.  Addresses in a report: addr2line -fie build/sanitize/bin/PROGRAM OFFSET.

ifneq ($(filter-out 0 no,$(SANITIZE)),)
B := build/sanitize
SANITIZER := $(B)/tests/sanitize/sanitize.o
REPORTS := $(abspath $(B))/reports
# -O1: what the compiler has optimised away no sanitizer sees.
# Of lengths the compiler knows less then, and warns of texts that it cannot see the size of.
CFLAGS := -O1 -g -Wno-format-truncation -fno-omit-frame-pointer -U_FORTIFY_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS += $(SANITIZER)
# Few tests ask: those of what the lock permits, of which calls a program makes, and of the flags to build with.
export P2V_SANITIZE := 1
endif

# Where the tests find the programs.
export P2V_BUILD := $(abspath $(B))

.DEFAULT_GOAL := all
.PHONY: check-reports
ifdef SANITIZER
$(SANITIZER): CPPFLAGS += -DSANITIZER_REPORTS='"$(REPORTS)"'
# In the library too, though it is never taken from there: so that what is linked is linked anew.
$(B)/libsandbox.a: $(SANITIZER) | $(REPORTS)

# Every uid of ours writes to it.
$(REPORTS):
	@: > $@; chmod 666 $@

$(B)/tests/fault: $(B)/tests/sanitize/fault.o $(B)/libsandbox.a $(B)/libproto.a
	@mkdir -p $(@D)
	@echo "  CC    $@"; $(CC) $(CFLAGS) $(LDFLAGS) $(LDHARDEN) -o $@ -Wl,--start-group $^ -Wl,--end-group $(call libs_of,fault)

# What has been shown once is not shown again.
check-reports: all $(B)/tests/fault
	prove --timer tests/sanitize/
	@if [ -s $(REPORTS) ]; then cp $(REPORTS) $(REPORTS).shown; : > $(REPORTS); cat $(REPORTS).shown; \
	    echo "make check-reports: the sanitizers have found the above since it was last asked for" >&2; exit 1; fi
else
check-reports:
endif
