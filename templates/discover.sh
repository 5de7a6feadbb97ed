# Lists a host's block devices and changes nothing. The output is divided into sections, which src/facts/disks.rs
# parses.
# Set before: mark (begins a section's line).
# shellcheck shell=sh disable=SC2154
set +e

section() { printf '\n%s %s\n' "$mark" "$*"; }

section host
who
# The address at which SSH reached the host; sudo may have taken the variable away.
env | sed -n 's/^SSH_CONNECTION=[^ ]* [^ ]* \([^ ]*\) .*/reached=\1/p'
# What glusterd keeps on its disk: glusterd itself is not asked.
for kept in /var/lib/glusterd/vols/*/info /var/lib/glusterd/peers/*; do
    [ -e "$kept" ] || continue
    kept=${kept#/var/lib/glusterd/}
    case $kept in
    vols/*) kept=${kept#vols/} && echo "volume=${kept%/info}" ;;
    *) echo "peer=${kept#peers/}" ;;
    esac
done
show_mounts
section names
names
for entry in /sys/class/block/*; do
    name=${entry##*/}
    read -r size <"$entry/size"
    # Loop devices and network block devices without a backing file or server are left out; drives without a medium are
    # not.
    case $size/$name in 0/sr*) ;; 0/*) continue ;; esac
    # The kernel writes ! for a / in a name, as in cciss!c0d0.
    node=/dev/$(printf '%s' "$name" | tr '!' /)
    [ -b "$node" ] || continue
    section "device $name"
    device "$node"
done
section end
