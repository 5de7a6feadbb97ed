# snapshots FILE_SYSTEMS: which devices are snapshots, of devices whose lines begin with a UUID and the device's number. A
# line each: the number of the snapshot, and the number of its origin, or of the device that the origin lies on. "-" stands
# for an origin that is not active.
# Set before: nothing.
# shellcheck shell=sh
snapshots() {
    # An LVM snapshot lies on the device that holds the changes (its name for the kernel ends with -cow), and on the device
    # that its origin lies on, too (-real).
    for number in $(printf '%s\n' "$1" | awk '{ print $2 }' | sort -u); do
        origin=
        is_snapshot=
        for slave in /sys/dev/block/"$number"/slaves/*; do
            read -r uuid 2>/dev/null <"$slave/dm/uuid" || continue
            case $uuid in
            LVM-*-cow) is_snapshot=yes ;;
            LVM-*-real) read -r origin <"$slave/dev" ;;
            esac
        done
        [ -z "$is_snapshot" ] || echo "$number ${origin:--}"
    done
    # Nothing but LVM itself tells which of the thin volumes of a pool is a snapshot. Asked only if a UUID is seen twice.
    [ -n "$(printf '%s\n' "$1" | awk '{ print $1 }' | sort | uniq -d)" ] && command -v lvs >/dev/null || return 0
    # An origin in brackets is no origin of a snapshot: what is below a cache, for example.
    timeout 5 lvs --noheadings --separator / -o vg_name,lv_name,lv_kernel_major,lv_kernel_minor,origin 2>/dev/null |
        awk -F/ '
            { sub(/^ */, ""); number[$1 "/" $2] = $3 ":" $4 }
            $5 != "" && $5 !~ /^\[/ { origin[$1 "/" $2] = $1 "/" $5 }
            END {
                for (lv in origin) {
                    at = number[origin[lv]]
                    print number[lv], at == "" || at ~ /-/ ? "-" : at
                }
            }'
}
