# shellcheck shell=bash disable=SC2154  # the variables are virt-p2v-make-disk's
# SPDX-License-Identifier: GPL-2.0-or-later
#
# loaders.sh: the boot loaders, of the image's own suite and architecture: GRUB for BIOS, and for UEFI the shim and the GRUB that
# Debian has signed, so that Secure Boot can stay on. Touches: the work folder.

declare -A efi_names=([amd64]=x64:x86_64 [arm64]=aa64:arm64)

# A second, empty root would only be made to be asked for these files: apt downloads them, and none is installed.
get_loaders()
{
    local dir=$work/apt packages=("grub-efi-$arch-signed" shim-signed) package
    [ "$arch" != amd64 ] || packages+=(grub-pc-bin)
    mkdir -p "$dir"/{lists/partial,cache/archives/partial,debs} "$work/loaders"
    sources > "$dir/sources.list"
    [ -s "$dir/sources.list" ] || cp "$work/sources.list" "$dir/sources.list"      # mmdebstrap's own choice
    : > "$dir/status"
    local apt=(apt-get -q -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State=$dir" -o "Dir::State::Lists=$dir/lists"
        -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache" -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=-
        -o APT::Sandbox::User=root)
    run "downloading the boot loaders" fetch_loaders "$dir" "${packages[@]}"
}

fetch_loaders()
{
    local dir=$1
    shift
    "${apt[@]}" update || return
    (cd "$dir/debs" && "${apt[@]}" download "$@") || return
    for package in "$dir"/debs/*.deb; do
        dpkg-deb -x "$package" "$work/loaders" || return
        dpkg-deb --show "$package" >> "$work/loader-packages"
    done
}

# The FAT image from which UEFI firmware starts. GRUB finds its grub.cfg by the file /.disk/info beside it.
make_efi_image()
{
    local image=$1 short=${efi_names[$arch]%:*} long=${efi_names[$arch]#*:} files=$work/efi
    mkdir -p "$files/EFI/BOOT"
    cp "$work/loaders/usr/lib/shim/shim$short.efi.signed" "$files/EFI/BOOT/BOOT${short^^}.EFI"
    cp "$work/loaders/usr/lib/grub/$long-efi-signed/gcd$short.efi.signed" "$files/EFI/BOOT/grub$short.efi"
    find "$files" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
    rm -f "$image"
    mkfs.vfat --invariant -C -n EFI "$image" 8192 && mcopy -i "$image" -s -m "$files/EFI" ::
}

# GRUB's core for BIOS, with all that its grub.cfg uses: it loads nothing else.
make_bios_core()
{
    local dir=$work/loaders/usr/lib/grub/i386-pc
    grub-mkimage --directory "$dir" --format i386-pc-eltorito --prefix /boot/grub --output "$1" \
        biosdisk iso9660 part_msdos normal configfile linux search search_fs_file test echo serial terminal minicmd reboot halt
}
