# Opens GlusterFS's ports in a zone of firewalld to the cluster's hosts, and no longer to addresses that the cluster had before.
# Set before: cluster, zone_of_host, addresses, former.
# shellcheck shell=sh disable=SC2154,SC2086
for address in $addresses; do made firewall "$cluster firewalld $zone_of_host $address"; done
[ -z "$addresses" ] || change_rules "$zone_of_host" --add-rich-rule $addresses
printf '%s\n' "$former" | while read -r zone address; do
    [ -n "$address" ] || continue
    change_rules "$zone" --remove-rich-rule "$address"
    unmade firewall "$cluster firewalld $zone $address"
done
