# SPDX-License-Identifier: GPL-2.0-or-later
#
# make check-valgrind     the unit tests under valgrind's memcheck: no fault, no leak, no uninitialised byte that is looked at
#
# Not those that lock a process (UNIT_<name> has tests/unit/locked.c): the lock ends whoever makes a system call of valgrind's own; they
# are among make check SANITIZE=1. A test that has passed is not run again until it is built anew.

VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible \
            --suppressions=tests/valgrind.suppressions --child-silent-after-fork=yes
UNITS_LOCKED := $(foreach unit,$(UNIT_TESTS:$(B)/tests/test-%=%),$(if $(filter tests/unit/locked.c,$(UNIT_$(unit))),$(unit)))
UNITS_VALGRIND := $(filter-out $(UNITS_LOCKED),$(UNIT_TESTS:$(B)/tests/test-%=%))

.PHONY: check-valgrind
check-valgrind:
	+@$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) $(UNITS_VALGRIND:%=$(B)/valgrind/%)

$(B)/valgrind/%: $(B)/tests/test-% tests/valgrind.mk tests/valgrind.suppressions
	@mkdir -p $(@D)
	@echo "  VALGRIND $<"; $(VALGRIND) $< > $@.log 2>&1 || { cat $@.log >&2; exit 1; }
	@touch $@
