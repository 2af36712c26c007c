# shellcheck shell=bash disable=SC2154  # the variables are virt-p2v-make-disk's
# SPDX-License-Identifier: GPL-2.0-or-later
#
# manifest.sh: what is in the image: digests of what was made, then each package and its version. Touches: the manifest.

make_manifest()
{
    local manifest=$1 file
    shift
    {
        echo "# virt-p2v $(version), $arch, dated $(date --utc --date "@$SOURCE_DATE_EPOCH" +%FT%TZ)"
        for file in "$@"; do
            echo "# sha256 $(sha256sum < "$file" | cut -d' ' -f1) $(basename "$file")"
        done
        tar -xOf "$work/root.tar" ./var/lib/dpkg/status |
            awk '/^Package: / { name = $2 } /^Version: / { print name "\t" $2 }'
        [ ! -e "$work/loader-packages" ] || cat "$work/loader-packages"
    } > "$manifest"
}

# A private key, or among the kernel's words a password, by either of its names, as an option of virt-v2v's or in a URL: then the image is
# for its owner's eyes.
secret() { [ -n "$identity" ] || [[ $words =~ p2v\.[a-z.]*pass(word|phrase)= || $words =~ p2v\.(oo|output\.misc)= || $words =~ ://[^[:space:]]*[@?] ]]; }

output_mode() { if secret; then echo 600; else echo 644; fi; }
