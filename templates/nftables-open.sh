# Opens GlusterFS's ports in nftables to the cluster's hosts, now and whenever nftables.service has loaded its own rules: the files
# that hold those stay as they are.
# Set before: cluster, script, script_path, drop_in, drop_in_path.
# shellcheck shell=sh disable=SC2154
made firewall "$cluster nftables"
put() {
    make_directory "${1%/*}"
    new_file "$1"
    printf '%s\n' "$2" >"$new"
    replace_file "$1"
    chmod 644 "$1"
}
put "$script_path" "$script"
put "$drop_in_path" "$drop_in"
systemctl daemon-reload
sh -eu "$script_path"
