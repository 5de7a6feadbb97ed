# Prints what block devices are and hold, as key=value lines for src/facts/devices.rs. Changes nothing; runs without
# `set -e`.
# Set before: ours (the UUIDs of this host's bricks, which are not looked into any further; a line each).
# shellcheck shell=sh disable=SC2154
set +e

# The number of a device node, as the kernel writes it.
number() {
    # shellcheck disable=SC2046 # two words
    set -- $(stat -Lc '0x%t 0x%T' "$1")
    echo "$(($1)):$(($2))"
}

# Every name of every block device, after its number (hexadecimal: one stat for all).
names() {
    stat -Lc '%t:%T %F %n' /dev/* /dev/mapper/* /dev/disk/by-id/* 2>/dev/null | sed -n 's/ block special file / /p'
}

# The same for the device nodes that file systems are mounted from, as /proc/self/mountinfo, which is in `mountinfo`, names
# them: for some file systems (btrfs), mountinfo shows a number that is no device's.
sources() (
    set -f
    IFS='
'
    nodes=
    for source in $mountinfo; do
        source=${source#* - * }
        source=${source%% *}
        [ -b "$source" ] || continue
        case "$nodes
" in *"
$source
"*) ;; *) nodes="$nodes
$source" ;; esac
    done
    # shellcheck disable=SC2086 # a path a line
    [ -z "$nodes" ] || stat -Lc '%t:%T %n' $nodes 2>/dev/null
)

# show_mounts: prints the sections on what is mounted, and keeps the text of the first in `mountinfo`.
show_mounts() {
    mountinfo=$(cat /proc/self/mountinfo)
    section mountinfo
    printf '%s\n' "$mountinfo"
    section sources
    sources
}

# The numbers of the devices used for swap. A swap device whose node does not exist in /dev is noticed by in_use().
swaps=
while read -r file _; do
    [ -b "$file" ] && swaps="$swaps $(number "$file") "
done </proc/swaps

# kernel NUMBER: what the kernel knows of the device with that number, without reading from the device.
kernel() {
    sys=$(cd -P "/sys/dev/block/$1" && pwd)
    disk=$sys
    echo "name=${sys##*/}"
    [ -e "$sys/partition" ] && disk=${sys%/*} && echo "partition_of=${disk##*/}"
    read -r sectors <"$sys/size"
    bytes=$((sectors * 512))
    echo "bytes=$bytes"
    read -r answer <"$sys/ro" && echo "read_only=$answer"
    read -r answer <"$disk/removable" && echo "removable=$answer"
    # SCSI's peripheral device type 5: CD, DVD.
    [ -r "$disk/device/type" ] && read -r answer <"$disk/device/type" && [ "$answer" = 5 ] && echo "optical=1"
    [ -r "$disk/device/model" ] && read -r answer <"$disk/device/model" && echo "model=$answer"
    [ -r "$sys/dm/name" ] && read -r answer <"$sys/dm/name" && echo "dm_name=$answer"
    [ -r "$sys/dm/uuid" ] && read -r answer <"$sys/dm/uuid" && echo "dm_uuid=$answer"
    [ -e "$sys/bcache" ] && echo "holder=bcache"
    case "$swaps" in *" $1 "*) echo "swap=${sys##*/}" ;; esac
    for part in "$sys"/*/partition; do
        [ -e "$part" ] || continue
        part=${part%/partition}
        read -r answer <"$part/dev"
        echo "has_partition=${part##*/} $answer"
        case "$swaps" in *" $answer "*) echo "swap=${part##*/}" ;; esac
    done
    for holder in "$sys"/holders/* "$sys"/*/holders/*; do
        [ -e "$holder" ] || continue
        answer=
        [ -r "$holder/dm/uuid" ] && read -r answer <"$holder/dm/uuid"
        [ -r "$holder/dm/name" ] && read -r name <"$holder/dm/name" && answer="$answer $name"
        echo "holder=${holder##*/} $answer"
    done
    # What tells this disk from another disk of the same size under the same name: the manufacturer's identifier if the
    # disk has one, otherwise the kernel's count of disks since boot (sysfs-block(5), diskseq).
    for attribute in wwid device/wwid serial device/serial dm/uuid md/uuid diskseq; do
        [ -r "$disk/$attribute" ] || continue
        answer=
        IFS= read -r answer <"$disk/$attribute"
        case $answer in *[![:print:]]*) answer=$(printf '%s' "$answer" | tr -cd '[:print:]') ;; esac
        [ -n "$answer" ] && echo "identity=$attribute $answer" && break
    done
}

# Whether anybody uses the device, in any namespace: an exclusive open fails while the device is mounted, swap, part of
# a stack or opened exclusively by a program (open(2), O_EXCL on block devices). `wipefs -a` opens the device
# exclusively, too, and -n keeps wipefs from writing. But wipefs opens the device for writing, after which udev probes
# the device again: perl is tried first.
in_use() {
    for try in perl wipefs; do
        case $try in
        perl) said=$(perl -MFcntl -e 'sysopen(F, shift, O_RDONLY | O_EXCL) or die "$!\n"' "$1" 2>&1) ;;
        wipefs) said=$(wipefs -n -a "$1" 2>&1 >/dev/null) ;;
        esac && echo "in_use=no" && return
        case $said in *"resource busy"*) echo "in_use=yes" && return ;; esac
    done
    echo "in_use=$said" | head -n 1
}

# is_ours UUID: whether the UUID is the UUID of a brick of this host.
is_ours() {
    case "
$ours
" in *"
$1
"*) [ -n "$1" ] ;; *) false ;; esac
}

# content DEVICE BYTES: what the device holds.
content() {
    probed=$(blkid -p -o export "$1" 2>&1)
    echo "blkid_status=$?"
    while IFS= read -r line; do
        case $line in
        TYPE=*) echo "type=${line#*=}" ;;
        UUID=*) echo "uuid=${line#*=}" ;;
        LABEL=*) printf 'label=%s\n' "${line#*=}" ;;
        PTTYPE=*) echo "table=${line#*=}" ;;
        PTUUID=*) echo "table_uuid=${line#*=}" ;;
        esac
    done <<END
$probed
END
    case $probed in
    *TYPE=xfs*)
        in_progress=$(unfinished "$1")
        echo "in_progress=$in_progress"
        uuid=${probed#*UUID=}
        uuid=${uuid%%[!0-9a-f-]*}
        [ "$in_progress" = 0 ] && is_ours "$uuid" && return
        ;;
    esac
    in_use "$1"
    # wipefs sees more than blkid: backup tables, several signatures.
    found=$(wipefs -n -p -O OFFSET,TYPE,UUID "$1" 2>&1)
    echo "wipefs_status=$?"
    printf '%s\n' "$found" | sed -n -e '/^#/d' -e 's/^./signature=&/p'
    # A device with a signature is not blank, and need not be read.
    [ -z "$found" ] || return
    if blank "$1" "$2"; then echo "zeros=yes"
    elif dd if="$1" of=/dev/null bs=1M skip="$at" count=1 2>/dev/null; then echo "zeros=no"
    else echo "zeros=unreadable"
    fi
}

# unfinished DEVICE: 1 while mkfs.xfs is at work, or if mkfs.xfs never finished: sb_inprogress of the superblock
# (xfs_format.h, struct xfs_dsb).
unfinished() {
    # shellcheck disable=SC2046,SC2005 # od writes blanks before the number
    echo $(od -An -tu1 -j126 -N1 "$1" 2>/dev/null)
}

# device PATH: everything about the device at the path.
device() {
    if [ -b "$1" ]; then :
    elif [ -d "$1" ]; then echo "kind=directory" && return
    elif [ -e "$1" ]; then echo "kind=other" && return
    else echo "kind=missing" && return
    fi
    echo "kind=block"
    this=$(number "$1")
    echo "number=$this"
    kernel "$this"
    content "$1" "$bytes"
}
