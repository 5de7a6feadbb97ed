# Checks that the device is still the disk that the plan saw, and that `node` (see hold) is that very device.
# Set before: device, number, bytes, identity (a file of sysfs, and the file's content).
# shellcheck shell=sh disable=SC2154
changed() {
    echo "$device is not what it was when it was looked at: $*. Nothing was done to it." >&2
    exit 1
}
sys=$(readlink -e "/sys/dev/block/$number") || changed "there is no device $number any more"
for file in "$device" "$node"; do
    [ -b "$file" ] || changed "there is no block device $file any more"
    now=$(stat -Lc '0x%t 0x%T' "$file")
    [ "$((${now% *})):$((${now#* }))" = "$number" ] || changed "the name stands for another device now"
done
[ "$(cat "$sys/size")" = $((bytes / 512)) ] || changed "it has another size"
[ "$(cat "$sys/ro")" = 0 ] || changed "it is read-only"
file=$sys/${identity%% *}
[ -z "$identity" ] || [ "$(tr -cd '[:print:]' <"$file")" = "${identity#* }" ] || changed "it is another disk"
for user in "$sys"/holders/* "$sys"/*/holders/*; do
    [ ! -e "$user" ] || changed "${user##*/} is on top of it"
done
