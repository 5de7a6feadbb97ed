# Before every step on a host that `glusterctl node` looks after, which has no systemd: the table of mounts is not
# /etc/fstab, and `systemctl` is a function that asks the process of `glusterctl node` to start or stop glusterd.
# Set before: nothing.
# shellcheck shell=sh disable=SC2034
fstab=/run/glusterctl/fstab
wanted=/run/glusterctl/glusterd.wanted
pid=/run/glusterctl/glusterd.pid
# glusterd's port, 24007, in the kernel's table of the sockets that listen (state 0A).
listens() { [ -e "$pid" ] && grep -qsE '^ *[0-9]+: [0-9A-F]+:5DC7 [0-9A-F:]+ 0A ' /proc/net/tcp /proc/net/tcp6; }
is_gone() { [ ! -e "$pid" ]; }
# within SECONDS COMMAND
within() {
    tries=$(($1 * 10))
    until "$2"; do
        [ "$tries" -gt 0 ] || return 1
        tries=$((tries - 1))
        sleep 0.1
    done
}
systemctl() {
    words=
    for word in "$@"; do case $word in -q | --now) ;; *) words="$words $word" ;; esac; done
    case $words in
    " enable glusterd" | " start glusterd")
        : >"$wanted"
        within 60 listens || { echo "glusterd does not listen on port 24007 after 60 s" >&2; return 1; }
        ;;
    " stop glusterd"*)
        rm -f "$wanted"
        within 60 is_gone || { echo "glusterd does not end" >&2; return 1; }
        ;;
    " restart glusterd") systemctl stop glusterd && systemctl start glusterd ;;
    " is-active glusterd") listens ;;
    " is-enabled glusterd") [ -e "$wanted" ] ;;
    " show -p SubState --value glusterd") ;;
    # No unit mounts a volume at boot.
    " disable gluster-mount@"*) ;;
    " reset-failed"* | " daemon-reload") ;;
    *) echo "a host without systemd does not know: systemctl$words" >&2; return 1 ;;
    esac
}
