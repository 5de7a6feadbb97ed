# Moves the definition of an incomplete volume aside, if the definition keeps glusterd from starting.
# Set before: nothing.
# shellcheck shell=sh
systemctl reset-failed glusterd 2>/dev/null || :
[ "$(systemctl show -p SubState --value glusterd)" != auto-restart ] || systemctl stop glusterd
systemctl start glusterd 2>/dev/null || set_aside
