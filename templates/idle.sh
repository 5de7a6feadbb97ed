# Checks that no program uses what is mounted at a path.
# Set before: path.
# shellcheck shell=sh disable=SC2154
if grep -qF " $path " /proc/self/mountinfo && users "$path"; then
    echo "stop what uses $path; nothing was changed" >&2
    exit 1
fi
