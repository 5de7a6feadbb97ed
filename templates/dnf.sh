# What dnf does, under the names that scripts for any package manager use. get, again: install, and install anew. fetch: only
# downloads. versions PACKAGE: prints the versions that dnf knows, the newest first. exact PACKAGE VERSION: prints how dnf
# wants a version named. dnf itself waits while another process holds its lock.
# Set before: extra (repositories that are off by default, and are used here).
# shellcheck shell=sh disable=SC2154,SC2086,SC2034
manager=dnf
extra=$(printf -- '--enablerepo=%s ' $extra | sed 's/--enablerepo= //')
ask_dnf() { dnf -y -q --setopt=install_weak_deps=False $extra "$@"; }
get() { ask_dnf install "$@"; }
again() { ask_dnf reinstall "$@"; }
fetch() { ask_dnf --downloadonly install "$@"; }
versions() { ask_dnf repoquery --qf '%{version}-%{release}\n' "$1" | grep . | sort -rVu; }
exact() { printf '%s-%s\n' "$1" "$2"; }
refresh() { ask_dnf makecache; }
