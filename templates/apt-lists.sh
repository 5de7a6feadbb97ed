# apt_lists: fetches apt's lists. apt-daily may hold the lock of the lists, for which apt-get does not wait.
# Set before: nothing.
# shellcheck shell=sh
apt_lists() {
    tries=150
    until said=$(apt-get -q update 2>&1); do
        case $said in *"lock /var/lib/apt/lists/"*) tries=$((tries - 1)) ;; *) tries=0 ;; esac
        [ "$tries" != 0 ] || { printf '%s\n' "$said" >&2; return 1; }
        sleep 2
    done
}
