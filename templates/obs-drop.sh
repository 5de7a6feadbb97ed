# Takes away a repository of openSUSE's Build Service that glusterctl added.
# Set before: repository.
# shellcheck shell=sh disable=SC2154
export ZYPP_LOCK_TIMEOUT=300
if zypper lr "$repository" >/dev/null 2>&1; then zypper -q -n removerepo "$repository"; fi
