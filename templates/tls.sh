# tls_place: prints the directory where the GlusterFS of this host looks for keys and certificates: that was fixed when its
# package was built (Debian's looks in /usr/lib/ssl, others in /etc/ssl), and stands in its library. certificate FILE KEY…:
# what a certificate says, and whether one of the keys belongs to it; of a key, only the public half is looked at.
# first_certificate FILE: the first certificate in a file. fingerprints FILE: the fingerprint of each certificate in a file.
# Set before: nothing.
# shellcheck shell=sh
tls_place() {
    for library in /usr/lib/*/glusterfs/*/rpc-transport/socket.so /usr/lib/glusterfs/*/rpc-transport/socket.so; do
        [ -e "$library" ] || continue
        grep -ao '/[A-Za-z0-9_./-]*/glusterfs\.pem' "$library" | sed -n '1s,/glusterfs\.pem$,,p'
        return
    done
}
# `openssl x509` takes a tenth of a second each time: it is asked once for all that it knows of a certificate, and not at all for
# a fingerprint, which is the hash of the certificate's bytes.
certificate() {
    said=$(openssl x509 -in "$1" -noout -fingerprint -sha256 -subject -nameopt RFC2253 -enddate -pubkey 2>/dev/null </dev/null) || return 0
    printf '%s\n' "$said" | sed '/^-----BEGIN /,/^-----END /d'
    ends=$(date -d "$(printf '%s\n' "$said" | sed -n 's/^notAfter=//p')" +%s) && echo "left=$((ends - $(date +%s)))"
    public=$(printf '%s\n' "$said" | sed -n '/^-----BEGIN /,/^-----END /p')
    shift
    for key in "$@"; do
        [ "$(openssl pkey -in "$key" -passin pass: -pubout 2>/dev/null </dev/null)" != "$public" ] || echo "key=yes"
    done
}
first_certificate() {
    sed -n '/^-----BEGIN .*CERTIFICATE-----/,/^-----END / { p; /^-----END /q; }' "$1" 2>/dev/null
}
fingerprints() {
    awk '/^-----BEGIN .*CERTIFICATE-----/ { on = 1; next } /^-----END / { if (on) close(command); on = 0 } on { print | command }' \
        command='base64 -di 2>/dev/null | sha256sum' "$1" | sed -n -e 's/^\([0-9a-f]*\) .*/\1/' -e 's/../:&/g' \
        -e 'y/abcdef/ABCDEF/' -e 's/^:/sha256 Fingerprint=/p'
}
