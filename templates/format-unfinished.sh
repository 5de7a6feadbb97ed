# Checks that the device holds the superblock of this very brick, in which sb_inprogress (xfs_format.h) says that
# mkfs.xfs never finished, and zeroes what mkfs.xfs wrote.
# Set before: nothing.
# shellcheck shell=sh disable=SC2154
superblock() {
    od -An -v -tu1 -j"$1" -N"$2" "$node" |
        awk '{ for (i = 1; i <= NF; i++) n = n * 256 + $i } END { printf "%.0f", n }'
}
zeros() { dd if=/dev/zero of="$node" oflag=seek_bytes conv=notrunc,fsync status=none bs="$1" count="$2" seek="$3"; }
now=$(blkid -p -s TYPE -s UUID -o value "$node" | sort | tr "\n" " ")
[ "$now" = "$uuid xfs " ] || changed "it holds $now"
[ "$(superblock 126 1)" = 1 ] || changed "it holds a finished file system"
# What mkfs.xfs wrote is zeroed: the head of each allocation group (sb_agcount, sb_agblocks, sb_blocksize), and the
# superblock last of all, so that the superblock is recognised again if the zeroing is interrupted, too.
group=$(($(superblock 84 4) * $(superblock 4 4)))
at=$(superblock 88 4)
while at=$((at - 1)) && [ "$at" -gt 0 ]; do
    [ $((at * group + 1048576)) -gt "$bytes" ] || zeros 1M 1 $((at * group))
done
zeros 4K 255 4096
zeros 4K 1 0
