# Takes out of glusterd's own file what lets glusterd speak IPv6, if glusterctl wrote it there, as noted.
# Set before: nothing.
# shellcheck shell=sh disable=SC2154
file=/etc/glusterfs/glusterd.vol
line='    option transport.address-family inet6'
if [ -e "$file" ] && grep -qxF "$line" "$file"; then
    new_file "$file"
    was=
    ! noted family commented || was='#   option transport.address-family inet6'
    line=$line was=$was awk '$0 != ENVIRON["line"] { print; next } ENVIRON["was"] { print ENVIRON["was"] }' "$file" >"$new"
    replace_file "$file"
fi
sed -i '/^family /d' /etc/glusterctl/made
