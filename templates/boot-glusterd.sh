# Starts glusterd unless glusterd runs. With systemd, /run/systemd/system exists (sd_booted(3)).
# Set before: nothing.
# shellcheck shell=sh
if [ -d /run/systemd/system ]; then
    systemctl -q is-active glusterd || {
        systemctl reset-failed glusterd 2>/dev/null || :
        systemctl start glusterd
    }
elif ! grep -qsx glusterd /proc/[0-9]*/comm; then
    if [ -x /etc/init.d/glusterd ]; then /etc/init.d/glusterd start; else glusterd; fi
fi
