# tls_place: prints the directory where the GlusterFS of this host looks for keys and certificates: that was fixed when its
# package was built (Debian's looks in /usr/lib/ssl, others in /etc/ssl), and stands in its library. certificate FILE KEY…:
# what a certificate says, and whether one of the keys belongs to it; of a key, only the public half is looked at.
# fingerprints FILE: the fingerprint of each certificate in a file.
# Set before: nothing.
# shellcheck shell=sh
tls_place() {
    for library in /usr/lib/*/glusterfs/*/rpc-transport/socket.so /usr/lib/glusterfs/*/rpc-transport/socket.so; do
        [ -e "$library" ] || continue
        grep -ao '/[A-Za-z0-9_./-]*/glusterfs\.pem' "$library" | sed -n '1s,/glusterfs\.pem$,,p'
        return
    done
}
certificate() {
    said=$(openssl x509 -in "$1" -noout -fingerprint -sha256 -subject -nameopt RFC2253 -enddate 2>/dev/null </dev/null) || return 0
    printf '%s\n' "$said"
    ends=$(date -d "$(printf '%s\n' "$said" | sed -n 's/^notAfter=//p')" +%s) && echo "left=$((ends - $(date +%s)))"
    public=$(openssl x509 -in "$1" -noout -pubkey 2>/dev/null)
    shift
    for key in "$@"; do
        [ "$(openssl pkey -in "$key" -passin pass: -pubout 2>/dev/null </dev/null)" != "$public" ] || echo "key=yes"
    done
}
fingerprints() {
    awk '/^-----BEGIN / { on = 1 } on { print | command } /^-----END / { if (on) close(command); on = 0 }' \
        command='openssl x509 -noout -fingerprint -sha256 2>/dev/null' "$1"
}
