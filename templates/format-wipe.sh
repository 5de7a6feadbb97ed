# Checks that the device holds the signatures that the plan named, and no others, and zeroes the ends of the device.
# Set before: content.
# shellcheck shell=sh disable=SC2154
now=$(
    wipefs -n -p -O OFFSET,TYPE,UUID "$node" | sed '/^#/d'
    blkid -p -s PTUUID -o value "$node" || :
)
[ "$now" = "$content" ] || changed "instead of \"$content\" there is \"$now\" on it"
for at in 0 $((bytes / 512 - 2048)); do
    dd if=/dev/zero of="$node" bs=512 seek="$at" count=2048 conv=notrunc,fsync status=none
done
