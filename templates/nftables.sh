# For hosts with nftables and no program above it. closed_chains: prints the chains that let nothing in but what a rule accepts,
# as "FAMILY TABLE CHAIN", a line each: those of iptables, which minds foreign rules, and of programs that keep chains of their own
# are none of them. opened CHAIN NAME: prints the addresses that the chain of that name lets in, if the closed chain asks it first.
# Set before: nothing.
# shellcheck shell=sh disable=SC2086
closed_chains() {
    nft -s -t list ruleset 2>/dev/null | awk -v of_ip="^(ip${six-}|inet) " '
        $1 == "table" { table = $2 " " $3 }
        $1 == "chain" { chain = $2; is_input = is_closed = 0; last = ""; next }
        $1 == "type" { is_input = / hook input /; is_closed = /policy drop;/; next }
        $1 == "}" && chain != "" {
            if (last ~ /^(counter |log [^;]*)?(drop|reject)/) is_closed = 1
            if (is_input && is_closed && table ~ of_ip && table !~ / firewalld$/ && chain != "INPUT") print table, chain
            chain = ""
            next
        }
        chain != "" { last = $0; sub(/^[ \t]+/, "", last) }'
}
opened() {
    nft -s list chain $1 2>/dev/null | grep -q "^[[:space:]]*jump $2\$" || return 0
    nft -s list chain ${1% *} "$2" 2>/dev/null
}
