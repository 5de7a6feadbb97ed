# What apt does, under the names that scripts for any package manager use. versions PACKAGE: prints the versions that apt
# knows, the newest first. exact PACKAGE VERSION: prints how apt wants a version named. refresh: fetches the lists.
# Set before: nothing.
# shellcheck shell=sh disable=SC2034
manager=apt
versions() { apt-cache madison "$1" | awk '{ print $3 }'; }
exact() { printf '%s=%s\n' "$1" "$2"; }
refresh() { apt_lists; }
