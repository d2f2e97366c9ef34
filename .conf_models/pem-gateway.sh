# What pem-dhcp-reload, pem-nft-reload and pem-watch have in common.
# Install it as root:root 0644, /usr/local/lib/pem-gateway.sh
# shellcheck shell=sh disable=SC1090,SC2034,SC2154

set -u
umask 022
cd / || exit 70
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
exec </dev/null

CONF=/etc/pem-gateway.conf
LONGEST=4194304 # bytes: no residence needs more
WRONG=65 ABSENT=66 UNAVAILABLE=69 BROKEN=70 BUSY=75 MISCONFIGURED=78

# What root reads as a script is written by root alone.
if [ "$(stat -c %u "$CONF")" != "$(id -u)" ]; then
	echo "$CONF is missing, or somebody else's" >&2
	exit $MISCONFIGURED
fi
case $(stat -c %A "$CONF") in
-????-??-?) . "$CONF" ;;
*)
	echo "$CONF can be written by others" >&2
	exit $MISCONFIGURED
	;;
esac
mkdir -p "$STATE_DIR" || exit $BROKEN

# A word for each notation, as the site writes it and no other.
OCTET='(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
ADDRESS="$OCTET(\\.$OCTET){3}"
MAC='[0-9a-f][02468ace](:[0-9a-f]{2}){5}'
HOST='r(0|[1-9][0-9]{0,5})-d(0|[1-9][0-9]{0,18})'

# begin NAME FOLDER: be the only run of that name, with a place to work in FOLDER.
begin() {
	name=$1 digest=- work=$2/.pem-$1
	exec 9>"$STATE_DIR/$name.lock"
	if ! flock -w 60 9; then
		echo "another run does not end" >&2
		exit $BUSY
	fi
	trap 'rm -rf "$work"' EXIT
	trap 'exit $BROKEN' HUP INT TERM
	rm -rf "$work"
	mkdir -m 700 "$work" || exit $BROKEN
}

# finish STATUS MESSAGE: say how it went, to the caller and to the site.
# What is already known to be in force keeps the instant when it came into force.
finish() {
	message=$(printf %s "$2" | tr -s '[:cntrl:]' ' ' | cut -c 1-200)
	read -r _ last_status last_digest _ 2>/dev/null <"$STATE_DIR/$name.status" || :
	if [ "$1" != 0 ] || [ "${last_status:-} ${last_digest:-}" != "0 $digest" ]; then
		echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $1 $digest $message" >"$STATE_DIR/.$name.status" &&
			mv -f "$STATE_DIR/.$name.status" "$STATE_DIR/$name.status"
	fi
	[ "$1" = 0 ] || exec >&2
	echo "$message"
	exit "$1"
}

# take FILE: copy once what the site wrote, and look at the copy only.
take() {
	copy=$work/copy
	[ ! -L "$1" ] || finish $WRONG "$1 is a link"
	[ -e "$1" ] || finish $ABSENT "$1 does not exist"
	[ -f "$1" ] || finish $WRONG "$1 is not a regular file"
	dd if="$1" of="$copy" iflag=nofollow,nonblock,fullblock bs=65536 count=65 status=none \
		2>"$work/said" || finish $ABSENT "$1 cannot be read"
	[ "$(stat -c %s "$copy")" -le $LONGEST ] || finish $WRONG "$1 is longer than $LONGEST bytes"
	digest=$(sha256sum "$copy")
	digest=${digest%% *}
	[ -z "$(tail -c 1 "$copy")" ] || finish $WRONG "the last line does not end"
}

# every_line PATTERN: refuse the copy at its first line that is not of that grammar.
# The line itself is not repeated: who knows what the site was made to point at.
every_line() {
	grep -a -n -v -x -E -m 1 -e "$1" "$copy" >"$work/odd"
	case $? in
	1) ;;
	0) finish $WRONG "line $(cut -d : -f 1 "$work/odd" | head -n 1) is not one that the site writes" ;;
	*) finish $BROKEN "the copy cannot be examined" ;;
	esac
}

# last_words: the end of what a program has said.
last_words() {
	sed -n '/[[:alnum:]]/h;${x;p;}' "$work/said"
}
