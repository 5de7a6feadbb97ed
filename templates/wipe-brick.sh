# Checks that the device holds the file system of this very brick, and zeroes it wherever anything could be recognised: the
# heads of the allocation groups (sb_agcount, sb_agblocks and sb_blocksize in the superblock), and all the places at which
# glusterctl looks whether a device is blank. The superblock goes last: an interrupted wipe recognises the file system.
# Set before: uuid, bytes.
# shellcheck shell=sh disable=SC2154
superblock() {
    od -An -v -tu1 -j"$1" -N"$2" "$node" |
        awk '{ for (i = 1; i <= NF; i++) n = n * 256 + $i } END { printf "%.0f", n }'
}
# zeros OFFSET BYTES
zeros() {
    dd if=/dev/zero of="$node" bs=1M oflag=seek_bytes iflag=count_bytes conv=notrunc status=none seek="$1" count="$2"
}
now=$(blkid -p -s TYPE -s UUID -o value "$node" | sort | tr "\n" " ")
[ "$now" = "$uuid xfs " ] || changed "it holds ${now:-no file system}"
mib=1048576
group=$(($(superblock 84 4) * $(superblock 4 4)))
at=$(superblock 88 4)
while at=$((at - 1)) && [ "$at" -gt 0 ]; do
    [ $((at * group + mib)) -gt "$bytes" ] || zeros $((at * group)) $mib
done
# As blank.sh looks.
last=$((bytes >= mib ? bytes / mib - 1 : 0))
at=$((last / 32 + 1))
while [ "$at" -lt "$last" ]; do
    zeros $((at * mib)) $mib
    at=$((at + last / 32 + 1))
done
zeros $((last * mib)) $((bytes - last * mib))
zeros 4096 $((mib - 4096))
sync "$node"
zeros 0 4096
sync "$node"
echo change 2>/dev/null >"$sys/uevent" || :
