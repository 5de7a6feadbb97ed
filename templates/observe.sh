# Observes one host and changes nothing. Everything is printed in sections, for src/facts to parse.
# Set before: mark (begins a section's line), devices, uuids, bricks (brick directories), mounts (mount points),
# units, packages, unit_files, hosts_template, points (all mount points), others (NAME=ADDRESS of servers elsewhere):
# words separated by spaces, none of which needs quoting.
# shellcheck shell=sh disable=SC2154,SC2086,SC2012
set +e

section() { printf '\n%s %s\n' "$mark" "$*"; }

section host
printf 'uid=%s\n' "$(id -u)"
printf 'name=%s\n' "$(uname -n)"
printf 'init=%s\n' "$(cat /proc/1/comm)"
section os
cat /etc/os-release
section hosts_file
cat /etc/hosts
if [ -e "$hosts_template" ]; then
    section hosts_template
    cat "$hosts_template"
fi
section fstab
cat /etc/fstab
section mountinfo
cat /proc/self/mountinfo
section swaps
cat /proc/swaps
for file in $unit_files; do
    section "file $file"
    cat "$file" 2>/dev/null
done
section units
if command -v systemctl >/dev/null; then
    systemctl show -p Id,LoadState,ActiveState,UnitFileState -- $units
fi
section packages
if command -v dpkg-query >/dev/null; then
    dpkg-query -W -f '${Package} ${db:Status-Status} ${Version}\n' $packages 2>/dev/null
    # What an interrupted dpkg leaves behind.
    for update in /var/lib/dpkg/updates/[0-9]*; do
        [ -e "$update" ] && echo "dpkg interrupted -"
    done
fi

for device in $devices; do
    section "device $device"
    kind=missing
    if [ -b "$device" ]; then kind=block
    elif [ -d "$device" ]; then kind=directory
    elif [ -e "$device" ]; then kind=other
    fi
    echo "kind=$kind"
    [ "$kind" = block ] || continue
    number=$((0x$(stat -Lc %t "$device"))):$((0x$(stat -Lc %T "$device")))
    sys=/sys/dev/block/$number
    echo "number=$number"
    echo "bytes=$(($(cat "$sys/size") * 512))"
    echo "read_only=$(cat "$sys/ro")"
    [ -e "$sys/partition" ] && echo "partition=$(cat "$sys/partition")"
    for part in "$sys"/*/partition; do
        [ -e "$part" ] && basename "$(dirname "$part")" | sed 's/^/has_partition=/'
    done
    for holder in "$sys"/holders/*; do
        [ -e "$holder" ] && basename "$holder" | sed 's/^/holder=/'
    done
    probed=$(blkid -p -o export "$device" 2>&1)
    echo "blkid_status=$?"
    printf '%s\n' "$probed" | sed -n -e 's/^TYPE=/type=/p' -e 's/^UUID=/uuid=/p' -e 's/^PTTYPE=/table=/p'
    # wipefs sees more than blkid: backup tables, several signatures.
    wipefs -n -p "$device" 2>/dev/null | sed -e '/^#/d' -e 's/.*,/signature=/'
    case $probed in *TYPE=*) continue ;; esac
    # No known signature is not yet blank: look at the start, the end, and spread over the whole.
    mib=$(($(cat "$sys/size") / 2048))
    step=$((mib / 32 + 1))
    data=no
    at=0
    while [ "$at" -lt "$mib" ]; do
        dd if="$device" bs=1M skip="$at" count=1 2>/dev/null | cmp -s -n 1048576 - /dev/zero || data=yes
        at=$((at + step))
    done
    last=$((mib > 0 ? mib - 1 : 0))
    [ "$(dd if="$device" bs=1M skip="$last" 2>/dev/null | tr -d '\0' | head -c 1 | wc -c)" = 0 ] || data=yes
    dd if="$device" of=/dev/null bs=1M skip="$last" 2>/dev/null || data=unreadable
    echo "data=$data"
done

section uuids
# Not from blkid's cache: that remembers disks that are gone.
blkid -c /dev/null -s UUID 2>/dev/null | while IFS=: read -r device uuid; do
    uuid=${uuid#*\"}
    uuid=${uuid%%\"*}
    case " $uuids " in
    *" $uuid "*) echo "$uuid $((0x$(stat -Lc %t "$device"))):$((0x$(stat -Lc %T "$device"))) $device" ;;
    esac
done

for brick in $bricks; do
    section "brick $brick"
    [ -d "$brick" ] && echo "exists=yes"
    getfattr -n trusted.glusterfs.volume-id -e hex --absolute-names "$brick" 2>/dev/null |
        sed -n 's/^trusted.glusterfs.volume-id=0x/volume_id=/p'
done

for mount in $mounts; do
    section "mount $mount"
    # A FUSE client that died or hangs still looks mounted; only asking it tells.
    # The file system itself is asked first: what the kernel has in its cache outlives the client for a second.
    kind=$(timeout 5 stat -Lf "$mount" 2>&1 >/dev/null && timeout 5 stat -Lc %F "$mount" 2>&1)
    case $kind in
    directory)
        echo "kind=directory"
        # Only a bare mount point is looked into: listing a large volume takes long.
        grep -qF " $mount " /proc/self/mountinfo || [ -z "$(ls -AU "$mount" | head -n 1)" ] || echo "holds=files"
        ;;
    *"No such file"*) echo "kind=missing" ;;
    *"not connected"* | "")
        # A client that lives reconnects by itself, once bricks are there.
        kind=dead
        for file in $(grep -lsxzF -e "$mount" /proc/[0-9]*/cmdline); do
            [ "$(cat "${file%cmdline}comm" 2>/dev/null)" = glusterfs ] && kind=apart
        done
        echo "kind=$kind"
        ;;
    *) echo "kind=other" ;;
    esac
done

# What is below the mounts is seen through a bind mount of the parent, in a mount namespace that ends with the command
# (not on /run, where mount(8) itself makes a directory).
# shellcheck disable=SC2016
unshare -m sh -c 'mark=$1
shift
for point in "$@"; do
    printf "\n%s bare %s\n" "$mark" "$point"
    mount --bind "${point%/*}/" /tmp && lsattr -d "/tmp/${point##*/}" && umount /tmp
done' sh "$mark" $points 2>&1

section brick_processes
for file in /run/gluster/vols/*/*.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" && echo
done

section glusterd_state
sed -n 's/^UUID=/uuid=/p' /var/lib/glusterd/glusterd.info 2>/dev/null
for peer in /var/lib/glusterd/peers/*; do [ -e "$peer" ] && echo "peers=yes"; done
for volume in /var/lib/glusterd/vols/*; do [ -d "$volume" ] && echo "volume=$(basename "$volume")"; done

if [ "$(systemctl is-active glusterd 2>/dev/null)" = active ] && command -v gluster >/dev/null; then
    section pool
    timeout 60 gluster --mode=script --xml pool list 2>&1
    section volumes
    timeout 60 gluster --mode=script --xml volume info all 2>&1
fi
# glusterd tells a program on any host what it knows, but lets it change nothing (--remote-host).
for other in $others; do
    section "elsewhere ${other%%=*}"
    timeout 3 bash -c ": </dev/tcp/${other#*=}/24007" 2>/dev/null || continue
    echo "listens=yes"
    command -v gluster >/dev/null || continue
    section "elsewhere ${other%%=*} pool"
    timeout 10 gluster --mode=script --xml --remote-host="${other#*=}" pool list 2>&1
    section "elsewhere ${other%%=*} volumes"
    timeout 10 gluster --mode=script --xml --remote-host="${other#*=}" volume info all 2>&1
done
section end
