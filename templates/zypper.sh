# What zypper does, under the names that scripts for any package manager use. get, again: install, and install anew. fetch:
# only downloads. versions PACKAGE: prints the versions that zypper knows, the newest first. exact PACKAGE VERSION: prints how
# zypper wants a version named. While another process holds zypper's lock, zypper waits for five minutes.
# Set before: nothing.
# shellcheck shell=sh disable=SC2034
manager=zypper
export ZYPP_LOCK_TIMEOUT=300
ask_zypper() { zypper -q -n --gpg-auto-import-keys "$@"; }
get() { ask_zypper install --no-recommends --no-force-resolution "$@"; }
again() { ask_zypper install --force --no-recommends --no-force-resolution "$@"; }
fetch() { ask_zypper install --download-only --no-recommends --no-force-resolution "$@"; }
versions() {
    ask_zypper --xmlout search -s --match-exact -t package "$1" | sed -n 's/.* edition="\([^"]*\)".*/\1/p' | sort -rVu
}
exact() { printf '%s=%s\n' "$1" "$2"; }
refresh() { ask_zypper refresh; }
