# What scripts share that update Gluster's packages. runs_replaced: whether glusterd or a brick runs a file that was replaced
# since the process began. start_again: starts what was stopped. finish_update STATUS: reboots the host, or starts everything
# again, also if the installation failed.
# Set before: role (server or client), reboot (yes, or nothing).
# shellcheck shell=sh disable=SC2154
runs_replaced() {
    for process in /proc/[0-9]*; do
        case $(cat "$process/comm" 2>/dev/null) in
        glusterd | glusterfsd) if grep -qsE ' /(usr/)?(s?bin|lib(64)?)/.* \(deleted\)$' "$process/maps"; then return 0; fi ;;
        esac
    done
    return 1
}
start_again() {
    [ "$role" = server ] || return 0
    systemctl reset-failed glusterd 2>/dev/null || :
    systemctl start glusterd
    wait_for_bricks
}
finish_update() {
    if [ "$1" = 0 ] && [ -n "$reboot" ]; then
        systemd-run -q --collect --on-active=1 --timer-property=AccuracySec=100ms systemctl reboot
        exit 0
    fi
    start_again || { [ "$1" != 0 ] || exit 1; }
    exit "$1"
}
