# zeros OFFSET BYTES: zeroes a part of the device. zero_places: zeroes all the places at which glusterctl looks whether a
# device is blank (see blank.sh). The first 4 KiB go last, by which the content is recognised: an interrupted wipe begins again.
# Set before: bytes.
# shellcheck shell=sh disable=SC2154
mib=1048576
zeros() {
    dd if=/dev/zero of="$node" bs=1M oflag=seek_bytes iflag=count_bytes conv=notrunc status=none seek="$1" count="$2"
}
zero_places() {
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
}
