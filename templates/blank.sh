# blank DEVICE BYTES: whether each of 34 samples of the device is zeros: the first MiB, the last MiB, and 32 MiB spread
# between these two. A sample that cannot be read is not zeros. Afterwards, `at` is the offset of the last sample, in
# MiB.
# Set before: nothing.
# shellcheck shell=sh
blank() {
    last=$(($2 >= 1048576 ? $2 / 1048576 - 1 : 0))
    at=0
    while [ "$at" -lt "$last" ]; do
        cmp -s -n 1048576 -i "$((at * 1048576)):0" "$1" /dev/zero || return 1
        at=$((at + last / 32 + 1))
    done
    at=$last
    cmp -s -n $(($2 - last * 1048576)) -i "$((at * 1048576)):0" "$1" /dev/zero
}
