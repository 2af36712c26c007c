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
systemdsystemunitdir = $(exec_prefix)/lib/systemd/system
bashcompletiondir = $(datadir)/bash-completion/completions
INSTALL         = install
INSTALL_PROGRAM = $(INSTALL) -m 755
INSTALL_DATA    = $(INSTALL) -m 644

# IMAGE=no leaves virt-p2v-make-disk out, for it is of use only where Debian's packages and tools are.
IMAGE ?= yes

helperdir = $(libexecdir)/virt-p2v
imagedir  = $(datadir)/virt-p2v
dropindir = $(systemdsystemunitdir)/virt-p2v-.service.d
FOLDERS   = $(bindir) $(helperdir) $(sort $(foreach page,$(MANUALS),$(call man_folder,$(page)))) $(sysusersdir) $(dropindir) $(bashcompletiondir) $(imagedir) \
            $(LANGUAGES:%=$(localedir)/%/LC_MESSAGES) $(if $(filter no,$(IMAGE)),,$(sort $(dir $(RECIPE:image/%=$(imagedir)/%))))
HELPERS  := $(filter-out virt-p2v,$(PROGRAMS))
# What virt-p2v-make-disk works with: image/ but its manual, below imagedir; and the version.
RECIPE   := $(filter-out %.1,$(shell find image ! -type d | sort))
COMPLETED = $(PROGRAMS) $(if $(filter no,$(IMAGE)),,virt-p2v-make-disk)
# A manual lies beside what it tells of.
ALL_MANUALS := $(wildcard */*.[178])
MANUALS  := $(filter-out $(if $(filter no,$(GTK)),p2v-ui-gtk/%) $(if $(filter no,$(IMAGE)),image/%),$(ALL_MANUALS))
man_folder = $(mandir)/man$(subst .,,$(suffix $(1)))

.PHONY: install uninstall FORCE

# Written anew when a folder is another one, so that what includes it is compiled again then, and only then. By way of a file of each
# shell's own: make check has several makes that come here at once.
$(B)/install-paths.h: FORCE
	@mkdir -p $(@D)
	@[ -w $(@D) ] || { echo "$(@D) cannot be written to, for another user has made it; as that user, or as root: make clean" >&2; exit 1; }
	@new=$@.$$$$; printf '#define P2V_%s "%s"\n' HELPER_DIR '$(helperdir)' LOCALE_DIR '$(localedir)' > $$new; \
	    if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi

install: all
	packaging/folders make $(DESTDIR)$(imagedir)/folders $(FOLDERS:%=$(DESTDIR)%)
	$(INSTALL_PROGRAM) $(B)/bin/virt-p2v $(DESTDIR)$(bindir)/
	$(INSTALL_PROGRAM) $(HELPERS:%=$(B)/bin/%) $(DESTDIR)$(helperdir)/
	set -e; for page in $(MANUALS); do sed 's|/usr/libexec/virt-p2v|$(helperdir)|g' $$page | \
	    $(INSTALL_DATA) /dev/stdin $(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/}; done
	set -e; for language in $(LANGUAGES); do \
	    $(INSTALL_DATA) $(B)/locale/$$language/LC_MESSAGES/virt-p2v.mo $(DESTDIR)$(localedir)/$$language/LC_MESSAGES/; \
	done
	$(INSTALL_DATA) packaging/sysusers.conf $(DESTDIR)$(sysusersdir)/virt-p2v.conf
	$(INSTALL_DATA) packaging/systemd/10-supervisor.conf $(DESTDIR)$(dropindir)/
	sed 's|@bindir@|$(bindir)|' packaging/systemd/virt-p2v-unattended.service | \
	    $(INSTALL_DATA) /dev/stdin $(DESTDIR)$(systemdsystemunitdir)/virt-p2v-unattended.service
	set -e; for program in $(COMPLETED); do $(INSTALL_DATA) packaging/bash-completion $(DESTDIR)$(bashcompletiondir)/$$program; done
ifneq ($(IMAGE),no)
	set -e; for file in $(RECIPE:image/%=%); do \
	    mode=644; if [ -x image/$$file ]; then mode=755; fi; \
	    $(INSTALL) -m $$mode image/$$file $(DESTDIR)$(imagedir)/$$file; \
	done
	$(INSTALL_DATA) VERSION $(DESTDIR)$(imagedir)/
	# In the folder of commands a link: the tool finds its files by where it lies itself.
	ln -srf $(DESTDIR)$(imagedir)/virt-p2v-make-disk $(DESTDIR)$(bindir)/virt-p2v-make-disk
endif

# Every file, and the folders that make install has made, where nobody else has put a file there since. What was enabled of systemd's
# units stays so: systemctl disable.
uninstall:
	rm -f $(addprefix $(DESTDIR),$(bindir)/virt-p2v $(bindir)/virt-p2v-make-disk $(ALL_PROGRAMS:%=$(helperdir)/%) \
	    $(foreach page,$(ALL_MANUALS),$(call man_folder,$(page))/$(notdir $(page))) $(LANGUAGES:%=$(localedir)/%/LC_MESSAGES/virt-p2v.mo) \
	    $(sysusersdir)/virt-p2v.conf $(systemdsystemunitdir)/virt-p2v-unattended.service $(dropindir)/10-supervisor.conf \
	    $(ALL_PROGRAMS:%=$(bashcompletiondir)/%) $(bashcompletiondir)/virt-p2v-make-disk $(RECIPE:image/%=$(imagedir)/%) $(imagedir)/VERSION)
	packaging/folders remove $(DESTDIR)$(imagedir)/folders
