#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sets.t: what is on the disks is looked at before anything is sent, and a file system on two disks is converted whole or not at all.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

truncate -s 128M "$scratch/a" "$scratch/b"
truncate -s 4M "$scratch/c"
mkfs.btrfs -q -L pool -m raid1 -d single "$scratch/a" "$scratch/b"
three=("$scratch/a" "$scratch/b" "$scratch/c")

new_server copy --v2v copy
at="p2v.server=127.0.0.1 p2v.port=$server_port p2v.identity=file://$server_key p2v.name=guest p2v.o=local p2v.os=$scratch/out p2v.of=raw"
mkdir "$scratch/out"

run_p2v 120 "$at p2v.disks=sda,sdc" "${three[@]}"
is "one disk of two: it is refused" "$p2v_status" 1
like "it names the set and the missing disk" "$p2v_out$p2v_err" 'the btrfs pool is on the disk sda, which is to be converted, and on sdb, which is not'
is "nothing has been sent" "$(find "$scratch/out" -type f)" ""

run_p2v 120 "$at p2v.disks=sda,sdc p2v.force" "${three[@]}"
is "with p2v.force it is converted" "$p2v_status" 0
like "with a warning" "$p2v_out$p2v_err" 'the btrfs pool is on the disk sda'
ok "namely the disks that were chosen" cmp "$scratch/c" "$scratch/out/guest-sdc"

run_p2v 120 "$at p2v.disks=/dev/sdc" "${three[@]}"
is "no disk of two: it is converted" "$p2v_status" 0
run_p2v 120 "$at" "${three[@]}"
is "all disks: it is converted" "$p2v_status" 0

# A p2v-inspect that ends without an answer, as one that its disk has made to crash.
mv "$scratch/bin/p2v-inspect" "$scratch/inspect"
cat > "$scratch/bin/p2v-inspect" <<EOF
#!/bin/sh
[ "\$1" = --contents ] && exit 9
exec "$scratch/inspect" "\$@"
EOF
chmod 755 "$scratch/bin/p2v-inspect"
run_p2v 120 "$at p2v.disks=sda,sdc" "${three[@]}"
is "a disk that kills who looks at it: it is converted" "$p2v_status" 0
like "and the person is told" "$p2v_out$p2v_err" 'what is on the disk sda cannot be found out'
ok "none of our processes is left" within 5 no_p2v_process_left
server_stop "$server"
done_testing
