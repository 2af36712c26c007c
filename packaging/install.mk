# SPDX-License-Identifier: GPL-2.0-or-later
#
# make install, make uninstall: what goes where, in the names of the GNU coding standards; included by the Makefile.
# The programs know two of these folders: give the same ones to make and to make install, or what depends on them is
# compiled again (install-paths.h).

prefix       = /usr/local
exec_prefix  = $(prefix)
bindir       = $(exec_prefix)/bin
libexecdir   = $(exec_prefix)/libexec
datarootdir  = $(prefix)/share
datadir      = $(datarootdir)
mandir       = $(datarootdir)/man
localedir    = $(datarootdir)/locale
sysusersdir  = $(exec_prefix)/lib/sysusers.d
bashcompletiondir = $(datadir)/bash-completion/completions
INSTALL         = install
INSTALL_PROGRAM = $(INSTALL) -m 755
INSTALL_DATA    = $(INSTALL) -m 644

helperdir = $(libexecdir)/virt-p2v
HELPERS  := $(filter-out virt-p2v,$(PROGRAMS))
MANUALS   = $(foreach program,$(PROGRAMS),$(call folder_of,$(program))/$(program).8)

.PHONY: install uninstall FORCE

# Written anew when a folder is another one, so that what includes it is compiled again then, and only then.
$(B)/install-paths.h: FORCE
	@mkdir -p $(@D)
	@printf '#define P2V_%s "%s"\n' HELPER_DIR '$(helperdir)' LOCALE_DIR '$(localedir)' > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

install: all
	$(INSTALL) -d $(addprefix $(DESTDIR),$(bindir) $(helperdir) $(mandir)/man8 $(sysusersdir) $(bashcompletiondir))
	$(INSTALL_PROGRAM) $(B)/bin/virt-p2v $(DESTDIR)$(bindir)/
	$(INSTALL_PROGRAM) $(HELPERS:%=$(B)/bin/%) $(DESTDIR)$(helperdir)/
	$(INSTALL_DATA) $(MANUALS) $(DESTDIR)$(mandir)/man8/
	set -e; for language in $(LANGUAGES); do \
	    $(INSTALL) -d $(DESTDIR)$(localedir)/$$language/LC_MESSAGES; \
	    $(INSTALL_DATA) $(B)/locale/$$language/LC_MESSAGES/virt-p2v.mo $(DESTDIR)$(localedir)/$$language/LC_MESSAGES/; \
	done
	$(INSTALL_DATA) packaging/sysusers.conf $(DESTDIR)$(sysusersdir)/virt-p2v.conf
	$(INSTALL_DATA) packaging/bash-completion $(DESTDIR)$(bashcompletiondir)/virt-p2v

# Every file, and the folder that is virt-p2v's alone; other programs have files in the other folders.
uninstall:
	rm -f $(addprefix $(DESTDIR),$(bindir)/virt-p2v $(ALL_PROGRAMS:%=$(helperdir)/%) \
	    $(ALL_PROGRAMS:%=$(mandir)/man8/%.8) $(LANGUAGES:%=$(localedir)/%/LC_MESSAGES/virt-p2v.mo) \
	    $(sysusersdir)/virt-p2v.conf $(bashcompletiondir)/virt-p2v)
	if [ -d $(DESTDIR)$(helperdir) ]; then rmdir $(DESTDIR)$(helperdir); fi
