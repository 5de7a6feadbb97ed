# Opens GlusterFS's ports in ufw to the cluster's hosts, and no longer to addresses that the cluster had before.
# Set before: cluster, addresses, former, ports (as ufw writes them).
# shellcheck shell=sh disable=SC2154
for address in $addresses; do
    made firewall "$cluster ufw $address"
    ufw allow from "$address" to any port "$ports" proto tcp comment "glusterctl $cluster" >/dev/null
done
for address in $former; do
    ufw delete allow from "$address" to any port "$ports" proto tcp >/dev/null
    unmade firewall "$cluster ufw $address"
done
