# Makes a private key and a certificate for this host's name. The key is never printed, never leaves the host, and only root
# can read it. A file that glusterctl did not make is not replaced. Prints the certificate's fingerprint.
# Set before: name, kind (the names of the files: glusterfs, or glusterfs-next for the next ones).
# shellcheck shell=sh disable=SC2154
umask 077
directory=$(tls_place)
[ -n "$directory" ] || {
    echo "GlusterFS does not say where it looks for certificates" >&2
    exit 1
}
# What is there and fits was not seen when the plan was made.
if noted tls "$directory/$kind.pem"; then
    case $(certificate "$directory/$kind.pem" "$directory/$kind.key") in
    *"subject=CN=$name"*key=yes*) exit 0 ;;
    esac
fi
for file in "$directory/$kind.key" "$directory/$kind.pem"; do
    if [ -e "$file" ] && ! noted tls "$file"; then
        echo "$file is there, and glusterctl did not make it" >&2
        exit 1
    fi
    made tls "$file"
done
# What an interrupted run left.
rm -rf "$directory"/.glusterctl.??????
work=$(mktemp -d "$directory/.glusterctl.XXXXXX")
trap 'rm -rf "$work"' EXIT
# A certificate that signs no other: a host can speak for itself alone.
cat >"$work/config" <<END
[req]
prompt = no
distinguished_name = who
x509_extensions = what
[who]
CN = $name
[what]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectAltName = DNS:$name
END
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -config "$work/config" \
    -keyout "$work/key" -out "$work/pem" 2>"$work/said" || {
    cat "$work/said" >&2
    exit 1
}
chmod 644 "$work/pem"
sync "$work/key" "$work/pem"
mv "$work/key" "$directory/$kind.key"
mv "$work/pem" "$directory/$kind.pem"
sync "$directory"
openssl x509 -in "$directory/$kind.pem" -noout -fingerprint -sha256
