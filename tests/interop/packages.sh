#!/bin/sh
# Installs the Debian packages of packages.txt that are missing. Elsewhere it only says what is needed.
set -eu
wanted=$(cat "$(dirname "$0")/packages.txt")
if ! command -v apt-get >/dev/null; then
    echo "No apt-get here. The interop tests need what these Debian packages hold:" $wanted >&2
    exit 0
fi
missing=
for name in $wanted; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0
root=
[ "$(id -u)" = 0 ] || root="sudo"
# A mirror that stumbles is asked again, and another apt is waited for.
apt="$root env DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300"
$apt update
$apt install --yes --no-install-recommends $missing
