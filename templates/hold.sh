# hold DEVICE NUMBER: runs the script on standard input while the block device with that number is held open
# exclusively: nobody can mount or claim the device meanwhile (open(2), O_EXCL). The script reaches the device through
# `node`, a node of its own that is made here for the number: whatever the device's name stands for in the meantime, no
# other device is opened. (/run has no place for nodes: it is mounted nodev. /dev/block/NUMBER is a link to a name, which
# udev corrects only after the name has moved.) The script's $1 is the number of the open file, or none. Without perl,
# the device is not held; wipefs only checks that nobody held the device a moment ago.
# Set before: nothing.
# shellcheck shell=sh
hold() {
    node=/dev/.glusterctl-${2%:*}-${2#*:}.$$
    trap 'rm -f "$node"' EXIT
    trap 'exit 1' HUP INT TERM
    rm -f "$node"
    mknod -m 600 "$node" b "${2%:*}" "${2#*:}" || { echo "Nothing was done to $1." >&2; exit 1; }
    export node
    if perl -MFcntl -e 1 2>/dev/null; then
        perl -MFcntl -e '$^F = 99; my ($device, $node) = @ARGV; sysopen(DEVICE, $node, O_RDONLY | O_EXCL)
            or die "$device cannot be opened exclusively: $!. Nothing was done to it.\n";
            exec "sh", "-eus", fileno(DEVICE)' "$1" "$node"
    else
        wipefs -n -a "$node" >/dev/null
        sh -eus none
    fi
}
