# shellcheck shell=bash disable=SC2154  # the variables are virt-p2v-make-disk's
# SPDX-License-Identifier: GPL-2.0-or-later
#
# packages.sh: what goes into the image, and where it comes from. Touches: nothing.

suite=bookworm
declare -A kernels=([amd64]=linux-image-amd64 [arm64]=linux-image-arm64)

check_arch()
{
    [ -n "${kernels[$arch]:-}" ] || fail_usage "--arch=$arch: there are images for ${!kernels[*]}"
}

# GRUB reads a word's quotes, and writes backslashes of its own before some of what it finds inside: such words would come out changed.
check_words()
{
    [[ $words != *[\'\\]* ]] || fail_usage "--cmdline: a boot loader does not keep ' and \\ as they are"
    [[ $words != *[[:cntrl:]]* ]] || fail_usage "--cmdline: there is a control character in it"
    local quotes=${words//[!\"]/}
    [ $((${#quotes} % 2)) -eq 0 ] || fail_usage "--cmdline: a \" has no other one"
    [[ $install =~ ^[A-Za-z0-9.+:,-]*$ ]] || fail_usage "--install: '${install#,}' is not a list of packages"
}

check_files()
{
    local file
    for file in "$identity" "$known_hosts" "${password#-}"; do
        if [ -n "$file" ] && [ ! -r "$file" ]; then
            fail "$file cannot be read"
        fi
    done
    [ -z "$identity" ] || grep -q 'PRIVATE KEY' "$identity" || fail "$identity is not a private SSH key (for its public half, ending in .pub, there is no use)"
    [ -z "$known_hosts" ] || words="p2v.known_hosts=file:///etc/virt-p2v/known_hosts$words"
}

# The project's own packages: beside an installed tool (the package virt-p2v-image has them), or where make deb leaves them in the source
# tree. Of this tool's version, for what it lays over them, and what it enables, is of one piece with them.
find_packages()
{
    local name dir found
    debs=()
    for name in virt-p2v virt-p2v-gtk; do
        found=
        for dir in "${deb_dir:-$here/deb}" "${deb_dir:-$here/../build/deb}"; do
            found=$(compgen -G "$dir/${name}_*_$arch.deb" | sort --version-sort | tail -n 1) || found=
            [ -z "$found" ] || break
        done
        [ -n "$found" ] || fail "there is no package $name for $arch in ${deb_dir:-$here/deb}: name its folder by --deb-dir; 'make deb' in virt-p2v's source builds it"
        check_package_version "$found"
        debs+=("$(readlink -f "$found")")
    done
}

# check_package_version DEB
check_package_version()
{
    local found
    found=$(dpkg-deb --field "$1" Version) || fail "$1 is no Debian package"
    found=${found#*:}                      # the epoch
    [[ $found == "$(version)" || $found == "$(version)"[-+~]* ]] ||
        fail "$1 is of version $found, virt-p2v-make-disk of version $(version): take those of one version"
}

# The date of the newest file in our own packages: the same packages, the same date.
packages_date()
{
    local deb
    for deb in "${debs[@]}"; do
        dpkg-deb --fsys-tarfile "$deb" | tar --list --verbose --full-time --utc
    done | awk '{ print $4, $5 }' | sort | tail -n 1 | { read -r when; date --utc --date "$when" +%s; }
}

# A list's first words, comma between them.
list() { sed 's/#.*//; s/^ *\([^ ]*\).*/\1/; /^$/d' "$@" | paste -sd,; }

all_packages()
{
    local extra=$install
    [ -z "$firmware" ] || extra+=,$(list "$here/packages-firmware")
    [ -z "$password" ] || extra+=,login
    echo "${kernels[$arch]},$(list "$here/packages" "$here/packages-gtk")$extra"
}

# The lines of sources.list for the suite: this machine's own, where it has the suite, so that a local mirror is used, and its
# updates and security fixes. Nothing where it has not: mmdebstrap then knows Debian's.
sources()
{
    local components=main
    [ -z "$firmware" ] || components='main non-free-firmware'
    # shellcheck disable=SC2016  # $(REPO_URI) is apt's own notation
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(LABEL)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
        awk -v suite="$suite" -v components="$components" \
            '$2 ~ "^" suite "(-updates|-security)?$" && $3 ~ /^Debian/ && !seen[$0]++ { print "deb", $1, $2, components }'
}

check_tools()
{
    local tool missing=()
    for tool in mmdebstrap:mmdebstrap tar2sqfs:squashfs-tools-ng cpio:cpio ${output:+xorriso:xorriso grub-mkimage:grub-common mcopy:mtools mkfs.vfat:dosfstools}; do
        command -v "${tool%:*}" >/dev/null || missing+=("${tool#*:}")
    done
    [ "${#missing[@]}" -eq 0 ] || fail "programs are missing; install: ${missing[*]}"
    check_user
}

# mmdebstrap makes files of many users: root may, and so may a user with ids of his own for it, by the programs of the package uidmap.
check_user()
{
    [ "$(id -u)" -ne 0 ] || return 0
    command -v newuidmap >/dev/null || fail "an ordinary user needs the package uidmap for this, and a line in /etc/subuid and /etc/subgid each (subuid(5)): install it, or become root"
    local file
    for file in /etc/subuid /etc/subgid; do
        grep -qsE "^($(id -un)|$(id -u)):" "$file" ||
            fail "$(id -un) has no line in $file (subuid(5)): have root run usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un), or become root"
    done
}
