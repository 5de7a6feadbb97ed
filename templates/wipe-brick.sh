# Checks that the device holds the file system of this very brick, and zeroes it wherever anything could be recognised: the
# heads of the allocation groups (sb_agcount, sb_agblocks and sb_blocksize in the superblock), and all the places at which
# glusterctl looks whether a device is blank.
# Set before: uuid, bytes.
# shellcheck shell=sh disable=SC2154
superblock() {
    od -An -v -tu1 -j"$1" -N"$2" "$node" |
        awk '{ for (i = 1; i <= NF; i++) n = n * 256 + $i } END { printf "%.0f", n }'
}
now=$(blkid -p -s TYPE -s UUID -o value "$node" | sort | tr "\n" " ")
[ "$now" = "$uuid xfs " ] || changed "it holds ${now:-no file system}"
group=$(($(superblock 84 4) * $(superblock 4 4)))
at=$(superblock 88 4)
while at=$((at - 1)) && [ "$at" -gt 0 ]; do
    [ $((at * group + mib)) -gt "$bytes" ] || zeros $((at * group)) "$mib"
done
zero_places
