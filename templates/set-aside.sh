# set_aside: moves the volume's definition aside if the definition is incomplete.
# Set before: volume, aside (where to).
# shellcheck shell=sh disable=SC2154
definition=/var/lib/glusterd/vols/$volume
set_aside() {
    if [ -d "$definition" ] && ! is_complete "$definition"; then
        mkdir -p "$aside"
        mv "$definition" "$aside/$volume-$(date +%Y%m%dT%H%M%S)"
    fi
}
