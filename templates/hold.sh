# hold DEVICE: runs the script on standard input while the device is held open exclusively: nobody can mount or claim
# the device meanwhile (open(2), O_EXCL). The script's $1 is the number of the open file, or none. Without perl, the
# device is not held; wipefs only checks that nobody held the device a moment ago.
# Set before: nothing.
# shellcheck shell=sh
hold() {
    if perl -MFcntl -e 1 2>/dev/null; then
        perl -MFcntl -e '$^F = 99; my $device = shift; sysopen(DEVICE, $device, O_RDONLY | O_EXCL)
            or die "$device cannot be opened exclusively: $!. Nothing was done to it.\n";
            exec "sh", "-eus", fileno(DEVICE)' "$1"
    else
        wipefs -n -a "$1" >/dev/null
        sh -eus none
    fi
}
