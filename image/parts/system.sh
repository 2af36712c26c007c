# shellcheck shell=bash disable=SC2154  # the variables are virt-p2v-make-disk's
# SPDX-License-Identifier: GPL-2.0-or-later
#
# system.sh: the system that runs in the image: Debian packages, ours, and the files of root/. Touches: the work folder.

# What no machine needs to be converted: sound, cameras, and the graphics drivers that only work with firmware, which would take the
# firmware's own display away.
left_out=(
    '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' '/usr/share/gtk-doc/*'
    '/etc/kernel/postinst.d/initramfs-tools'
    '/lib/modules/*/kernel/sound/*' '/lib/modules/*/kernel/drivers/media/*'
    '/lib/modules/*/kernel/drivers/gpu/drm/amd/*' '/lib/modules/*/kernel/drivers/gpu/drm/radeon/*' '/lib/modules/*/kernel/drivers/gpu/drm/nouveau/*'
)

make_system()
{
    local args=() pattern
    for pattern in "${left_out[@]}"; do args+=(--dpkgopt="path-exclude=$pattern"); done
    args+=(--dpkgopt='path-include=/usr/share/locale/*/LC_MESSAGES/virt-p2v.mo')
    [ "$arch" = "$(dpkg --print-architecture)" ] || args+=(--architectures="$arch")
    stage_files
    # shellcheck disable=SC2016  # mmdebstrap's hooks get the root as their own $1
    sources | run "installing the packages of Debian $suite" mmdebstrap --variant=minbase --include="$(all_packages)" "${args[@]}" \
        --customize-hook="tar-in $work/debs.tar /" \
        --customize-hook='chroot "$1" sh -c "apt-get -q -y --no-install-recommends install /virt-p2v-debs/*.deb && rm -r /virt-p2v-debs"' \
        --customize-hook="tar-in $work/files.tar /" \
        --customize-hook="copy-out /boot /etc/apt/sources.list $work" \
        --customize-hook="sh '$here/parts/settle' \"\$1\"" \
        --format=tar "$suite" "$work/root.tar" -
    [ -s "$work/root.tar" ] || fail "mmdebstrap made nothing"
}

# root/, and what the options add to it, as tars whose files all are root's.
stage_files()
{
    local staged=$work/files own=(--owner=root:0 --group=root:0 --numeric-owner --sort=name --mtime="@$SOURCE_DATE_EPOCH")
    mkdir -p "$work/virt-p2v-debs"
    cp "${debs[@]}" "$work/virt-p2v-debs"
    tar -C "$work" "${own[@]}" -cf "$work/debs.tar" virt-p2v-debs
    cp -R "$here/root" "$staged"
    chmod -R u=rwX,go=rX "$staged"
    [ -z "$known_hosts" ] || install -m 644 "$known_hosts" "$staged/etc/virt-p2v/known_hosts"
    [ -z "$password" ] || { hash_password > "$staged/etc/virt-p2v/root-password"; chmod 600 "$staged/etc/virt-p2v/root-password"; }
    if [ -n "$identity" ]; then
        install -d -m 1777 "$staged/var/tmp"
        install -m 600 "$identity" "$staged/var/tmp/id_rsa"
    fi
    # Not the folders that the packages have made: these are not all 0755 there.
    (cd "$staged" && find . -mindepth 1 ! -type d) | tar -C "$staged" "${own[@]}" -cf "$work/files.tar" --no-recursion --files-from=-
}

hash_password()
{
    local word
    IFS= read -r word < "${password/#-//dev/stdin}" || [ -n "$word" ] || fail "there is no password in $password"
    printf '%s' "$word" | openssl passwd -6 -stdin
}
