# Takes the type of bricks out of SELinux's policy.
# Set before: nothing.
# shellcheck shell=sh
all_noted selinux | while IFS= read -r pattern; do semanage fcontext -d "$pattern" 2>/dev/null || :; done
[ ! -e /etc/glusterctl/made ] || sed -i '/^selinux /d' /etc/glusterctl/made
