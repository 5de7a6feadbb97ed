# Opens GlusterFS's ports in nftables to the cluster's hosts, in each chain that lets nothing in by itself. The rules are
# all made in one go, or none.
# Set before: chain (of the cluster), addresses, ports.
# shellcheck shell=sh disable=SC2154,SC2086
members() { printf '%s' "$1" | tr '\n' ',' ; }
closed_chains | while read -r closed; do
    table=${closed% *}
    printf 'add chain %s\nflush chain %s\n' "$table $chain" "$table $chain"
    printf 'add rule %s saddr { %s } tcp dport { %s } accept\n' "$table $chain ip${six-}" "$(members "$addresses")" "$(members "$ports")"
    nft -s list chain $closed | grep -q "^[[:space:]]*jump $chain\$" || printf 'insert rule %s jump %s\n' "$closed" "$chain"
done | nft -f -
