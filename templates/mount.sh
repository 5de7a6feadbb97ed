# start_mount UNIT PATH: mounts what /etc/fstab names for the path. With systemd, /run/systemd/system exists
# (sd_booted(3)), and the unit does it. `systemctl start` itself would only say where to look for the errors;
# unit_errors UNIT shows them.
# Set before: nothing.
# shellcheck shell=sh
start_mount() {
    if [ -d /run/systemd/system ]; then
        systemctl reset-failed "$1" 2>/dev/null || :
        systemctl start "$1" 2>/dev/null
    else
        mount "$2"
    fi
}
unit_errors() { journalctl -q -b -o cat -n 5 -u "$1" >&2 || :; }
