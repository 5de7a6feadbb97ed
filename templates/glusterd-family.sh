# Lets glusterd, and the processes that it starts, speak IPv6: its own file has the option as a comment. What the file was
# before is noted. A glusterd that runs reads its file when it starts.
# Set before: restart (yes, or nothing).
# shellcheck shell=sh disable=SC2154
file=/etc/glusterfs/glusterd.vol
if ! awk '$1 == "option" && $2 == "transport.address-family" { value = $3 } END { exit value != "inet6" }' "$file"; then
    new_file "$file"
    if grep -qE '^ *# *option +transport\.address-family ' "$file"; then made family commented; else made family missing; fi
    awk '
        function put() { if (!done) print "    option transport.address-family inet6"; done = 1 }
        { line = $0; sub(/^ *#/, "", line); split(line, word, " ") }
        word[1] == "option" && word[2] == "transport.address-family" { put(); next }
        word[1] == "end-volume" { put() }
        { print }' "$file" >"$new"
    replace_file "$file"
fi
if [ -n "$restart" ] && systemctl -q is-active glusterd; then systemctl restart glusterd; fi
