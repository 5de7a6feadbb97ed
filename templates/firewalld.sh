# rich_rules ADDRESS OPTION: prints firewalld's rules that let an address reach GlusterFS's ports, each behind the option. ask_firewalld
# ZONE OPTION…: changes the rules of a zone, as they are now and as they are kept.
# Set before: ports.
# shellcheck shell=sh disable=SC2154,SC2086
rich_rules() {
    for port in $ports; do
        printf '%s=rule family="ipv%s" source address="%s" port port="%s" protocol="tcp" accept\n' "$2" "${six:-4}" "$1" "$port"
    done
}
ask_firewalld() {
    zone=$1
    shift
    # A rule that is there already, or is not there any more, is no failure.
    if firewall-cmd --state >/dev/null 2>&1; then
        firewall-cmd -q --zone="$zone" "$@"
        firewall-cmd -q --permanent --zone="$zone" "$@"
    else
        firewall-offline-cmd -q --zone="$zone" "$@"
    fi
}
# change_rules ZONE OPTION ADDRESS…: adds (--add-rich-rule) or removes (--remove-rich-rule) the rules of addresses.
change_rules() {
    zone=$1
    option=$2
    shift 2
    rules=$(for address in "$@"; do rich_rules "$address" "$option"; done)
    set --
    while IFS= read -r rule; do set -- "$@" "$rule"; done <<RULES
$rules
RULES
    ask_firewalld "$zone" "$@"
}
