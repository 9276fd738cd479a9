# Shared by config/run, config/test and config/install: sourced, never run.
#
# Defines ROOT (the repository), the functions below, and puts a Swift toolchain on PATH when asked to.

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
readonly ROOT

readonly SWIFT_OLDEST=6.2                    # the tools version of Package.swift
readonly SWIFT_PINNED=6.3.1                  # what is installed when there is none
readonly SWIFT_SITE=https://download.swift.org
readonly SWIFT_KEYS=https://www.swift.org/keys/all-keys.asc
# Swift 6.x Release Signing Key: the only key whose signature counts here.
readonly SWIFT_SIGNING_KEY=52BB7E3DE28A71BE22EC05FFEF80A866B47A981F

# What the linker and the C targets of Package.swift need.
readonly BUILD_PACKAGES=(
    binutils gcc g++ libc6-dev git ca-certificates pkg-config tzdata
    libmicrohttpd-dev libcurl4-openssl-dev libsqlite3-dev libssl-dev libpq-dev libyaml-dev
)
# What flows in Python run on and in, and what their tests need.
readonly FLOW_PACKAGES=(python3 python3-pydantic python3-requests python3-pytest bubblewrap)
# What the official toolchain itself needs, and what fetches it.
readonly TOOLCHAIN_PACKAGES=(curl gnupg libncurses6 libxml2 libedit2 libpython3.11 zlib1g-dev)

# Some init systems and CI runners start us without HOME, where the toolchain and SwiftPM's cache live.
export HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"
readonly SWIFT_HOME="$HOME/.local/share/swift-$SWIFT_PINNED"

# `--yes` sets this: then nothing is asked.
ASSUME_YES=no

step() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

# fail MESSAGE [WHAT TO DO]...
fail() {
    printf '%s: %s\n' "config/$(basename "$0")" "$1" >&2
    shift
    local line
    for line in "$@"; do printf '    %s\n' "$line" >&2; done
    exit 1
}

# Wrong usage has an exit code of its own.
wrong_usage() {
    printf '%s: %s\n' "config/$(basename "$0")" "$1" >&2
    printf '    See config/%s --help\n' "$(basename "$0")" >&2
    exit 2
}

# Runs a command as root: directly, or with sudo.
as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -q "$@"
}

# Prints those of the named packages that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

# Installs those of the named Debian packages that are missing, saying so first.
install_packages() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || fail \
        "this machine has no apt-get; symflow is built and tested on Debian 12" \
        "Install what these Debian packages hold, then build with: swift build -c release" "$*"
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [[ ${#missing[@]} -gt 0 ]] || return 0

    step "Installing ${#missing[@]} Debian package(s): ${missing[*]}"
    [[ $(id -u) == 0 ]] || command -v sudo >/dev/null || fail \
        "installing packages needs root, and there is no sudo" \
        "Run as root: apt-get install ${missing[*]}"
    apt_get update || note "apt-get update reported an error; going on with the lists there are."
    if ! apt_get install -y --no-install-recommends "${missing[@]}"; then
        # A first install can stop half-way on a missing archive; what it left is repaired and tried once more.
        note "The first attempt failed; repairing and trying once more."
        as_root dpkg --configure -a || true
        apt_get install -y --fix-broken || true
        apt_get install -y --no-install-recommends "${missing[@]}" || fail \
            "apt-get could not install: ${missing[*]}" \
            "Its messages are above. Check the network and /etc/apt/sources.list, then run this again."
    fi
}

# Asks a question that is answered with y or n; `--yes` answers it. No terminal and no `--yes` is a no.
agreed() {
    [[ $ASSUME_YES == no ]] || return 0
    [[ -t 0 ]] || return 1
    local answer
    read -r -p "    $1 [y/N] " answer
    [[ $answer == [yY]* ]]
}

# Whether this `swift` runs and is new enough.
is_new_enough() {
    local version
    version="$("$1" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p;')" || return 1
    version="${version%%$'\n'*}"
    [[ -n $version && $(printf '%s\n' "$SWIFT_OLDEST" "$version" | sort -V | head -n 1) == "$SWIFT_OLDEST" ]]
}

# Puts a Swift toolchain on PATH: the machine's, else ours from an earlier run, else a fresh one.
ensure_swift() {
    if command -v swift >/dev/null && is_new_enough swift; then return; fi
    if [[ ! -x $SWIFT_HOME/usr/bin/swift ]]; then install_swift; fi
    # A `swift` that cannot start is most often one whose shared libraries are missing.
    is_new_enough "$SWIFT_HOME/usr/bin/swift" || install_packages "${TOOLCHAIN_PACKAGES[@]}"
    is_new_enough "$SWIFT_HOME/usr/bin/swift" || fail \
        "the toolchain in $SWIFT_HOME does not start" "Remove that folder and run this again."
    export PATH="$SWIFT_HOME/usr/bin:$PATH"
}

install_swift() {
    local system suffix name address
    # A subshell, because os-release sets names of its own.
    # shellcheck source=/dev/null
    system="$(. /etc/os-release && echo "${ID:-}${VERSION_ID:-}")"
    case "$system $(dpkg --print-architecture 2>/dev/null)" in
        "debian12 amd64") suffix="" ;;
        "debian12 arm64") suffix="-aarch64" ;;
        *) fail "Swift $SWIFT_OLDEST or newer is missing, and this script installs it on Debian 12 only" \
            "Install it as https://www.swift.org/install/linux says, then run this again." ;;
    esac
    name="swift-$SWIFT_PINNED-RELEASE-debian12$suffix"
    address="$SWIFT_SITE/swift-$SWIFT_PINNED-release/debian12$suffix/swift-$SWIFT_PINNED-RELEASE/$name.tar.gz"

    step "Swift $SWIFT_OLDEST or newer is missing. The official toolchain $SWIFT_PINNED can be installed:"
    note "from $address"
    note "to   $SWIFT_HOME (about 1 GB to download, 3 GB unpacked; delete the folder to remove it)"
    agreed "Install it?" || fail "Swift is missing" \
        "Run this again with --yes, or install Swift $SWIFT_OLDEST or newer yourself and put it on PATH."
    install_packages "${TOOLCHAIN_PACKAGES[@]}" ca-certificates

    # Downloaded and unpacked beside its place, so that what stands there is always whole.
    local parent work
    parent="$(dirname "$SWIFT_HOME")"
    mkdir -p "$parent"
    work="$parent/.swift-$SWIFT_PINNED-download"
    mkdir -p "$work"
    step "Downloading Swift $SWIFT_PINNED"
    local get=(curl --fail --location --retry 3 --connect-timeout 30)
    # `--continue-at -` takes up a download that an earlier run left.
    [[ -f $work/$name.complete ]] ||
        "${get[@]}" --progress-bar --continue-at - -o "$work/$name.tar.gz" "$address" ||
        fail "the download failed: $address" "Check the network, then run this again: it goes on where it stopped."
    touch "$work/$name.complete"
    "${get[@]}" --silent --show-error -o "$work/$name.tar.gz.sig" "$address.sig" ||
        fail "the signature could not be fetched: $address.sig" "Check the network, then run this again."
    "${get[@]}" --silent --show-error --compressed -o "$work/keys.asc" "$SWIFT_KEYS" ||
        fail "the signing keys could not be fetched: $SWIFT_KEYS" "Check the network, then run this again."

    step "Checking its signature"
    if ! is_signed "$work/$name.tar.gz" "$work/keys.asc"; then
        rm -rf "$work"
        fail "the toolchain is not signed by Swift's release key $SWIFT_SIGNING_KEY; it was deleted" \
            "Run this again. If it happens twice, do not trust the network you are on."
    fi
    step "Unpacking to $SWIFT_HOME"
    mkdir -p "$work/unpacked"
    tar -xzf "$work/$name.tar.gz" -C "$work/unpacked" --strip-components=1 ||
        fail "unpacking failed" "Is the disk full? Make room, then run this again."
    rm -rf "$SWIFT_HOME"
    mv "$work/unpacked" "$SWIFT_HOME"
    rm -rf "$work"
}

# is_signed FILE KEYS: whether FILE.sig is a valid signature of FILE by the pinned key, in a key ring of its own.
is_signed() {
    local ring status
    ring="$(mktemp -d)"
    gpg --homedir "$ring" --batch --quiet --import "$2" 2>/dev/null || true
    status="$(gpg --homedir "$ring" --batch --status-fd 1 --verify "$1.sig" "$1" 2>/dev/null)" || true
    gpgconf --homedir "$ring" --kill all 2>/dev/null || true
    rm -rf "$ring"
    # The last field of VALIDSIG is the primary key's fingerprint. A key that has expired since still counts for what
    # it signed before; a revoked one does not.
    grep -q "^\[GNUPG:\] VALIDSIG .* $SWIFT_SIGNING_KEY\$" <<<"$status" &&
        ! grep -q '^\[GNUPG:\] \(REVKEYSIG\|BADSIG\|ERRSIG\) ' <<<"$status"
}

# Installs what a build needs, as far as it is missing.
prepare_build() {
    install_packages "${BUILD_PACKAGES[@]}" "$@"
    ensure_swift
}

# Builds the release executable; the compiler's progress is shown.
build_release() {
    step "Building symflow (release; the first time takes some minutes)"
    swift build --package-path "$ROOT" -c release --product symflow --static-swift-stdlib ||
        fail "the build failed" "The compiler's messages are above."
}
