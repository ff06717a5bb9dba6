# Runs a program for an owner and ends it with the owner, however the owner ends: kill -9 too.
# Standard input is a pipe that only the owner holds. Each line on it is a signal to send to the program. Its end
# means that the owner is gone: the program is sent the last signal, and what it ran in is removed.
# Arguments: the last signal; a folder to remove, or nothing; the program and its arguments.
last=$1 folder=$2
shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
{
    while read -r signal <&3; do kill -s "$signal" "$program"; done
    [ -z "$folder" ] || : >"$folder/owner-is-gone"
    kill -s "$last" "$program"
    seconds=0
    while [ "$seconds" -lt 30 ]; do
        sleep 1
        seconds=$((seconds + 1))
    done
    kill -s KILL "$program"
} >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
if [ -n "$folder" ] && [ -e "$folder/owner-is-gone" ]; then rm -rf "$folder"; fi
exit "$status"
