# Says how a host fares, for status and doctor, and changes nothing: the sections are the networks of its interfaces, its
# programs, and the space of file systems.
# Set before: mark (begins a section's line), places (paths whose file systems are measured).
# shellcheck shell=sh disable=SC2154,SC2086
set +e

section() { printf '\n%s %s\n' "$mark" "$*"; }

section routes
while read -r interface network gateway _ _ _ _ mask _; do
    [ "$gateway" = 00000000 ] && echo "$interface $network $mask"
done </proc/net/route
section addresses6
{ while read -r number _ _ _ _ interface; do echo "$interface $number"; done </proc/net/if_inet6; } 2>/dev/null
section mtu
for file in /sys/class/net/*/mtu; do
    { read -r mtu <"$file"; } 2>/dev/null && file=${file%/mtu} && echo "${file##*/} $mtu"
done
section programs
[ -c /dev/fuse ] && echo fuse=yes || echo fuse=no
# The file that a glusterd began as: "(deleted)" once a newer package has replaced the file.
pid=
{ read -r pid </run/glusterd.pid; } 2>/dev/null
[ -z "$pid" ] || echo "glusterd=$(readlink "/proc/$pid/exe")"
section space
# A file system on a disk that hangs never answers.
timeout 4 stat -f -c '%S %b %f %a %c %d %n' -- $places 2>/dev/null
section born
timeout 2 stat -c '%W %n' -- $places 2>/dev/null
section end
