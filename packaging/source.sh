# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# source.sh: the source as it goes into a package; sourced by make-deb and make-rpm, in the source's folder. In a git checkout that is
# what git tracks, as it is in the folder; elsewhere everything but build/. All files have one date, SOURCE_DATE_EPOCH: the commit's,
# elsewhere that of CHANGELOG.md, if it is not given.

# The repository may be another user's: who builds it trusts what is in it.
in_git() { git -c safe.directory="$PWD" "$@"; }

# tracked: the names of the files to build from, each ended by NUL.
tracked()
{
    if [ -e .git ]; then
        in_git ls-files -z --cached --deduplicate | while IFS= read -r -d '' name; do
            if [ -e "$name" ] || [ -L "$name" ]; then printf '%s\0' "$name"; fi
        done
    else
        find . -path ./build -prune -o ! -type d -print0
    fi
}

if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    if [ -e .git ]; then SOURCE_DATE_EPOCH=$(in_git log -1 --format=%ct); else SOURCE_DATE_EPOCH=$(stat -c %Y CHANGELOG.md); fi
fi

# copy_source FOLDER: into FOLDER, which is there. Documents keep their date in a package, and a checkout's is when it was made.
copy_source() { tracked | tar -c --mtime="@$SOURCE_DATE_EPOCH" --null -T - | tar -x --no-same-owner -C "$1"; }
