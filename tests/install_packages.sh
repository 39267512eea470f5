#!/bin/sh
# What the tests need of Debian: Chromium without a window, which the browser tests drive; strace, which sees what a process
# reaches out for where network namespaces are forbidden; and espeak-ng, which says sentences to the tests of hearing. Installs
# them where apt and the right to use it are there; elsewhere those tests are skipped with a reason. With `chromium` as its
# argument it brings the whole browser, as visitors have it, for what is measured and pictured.
browser=${1:-chromium-headless-shell}
updated=
bring() {
    command -v "$1" >/dev/null 2>&1 && return 0
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "installing $1 for the tests"
    [ -n "$updated" ] || apt-get update -qq
    updated=yes
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
bring "$browser" fonts-dejavu-core || bring chromium fonts-dejavu-core # which is where a distribution has no headless shell
bring strace
bring espeak-ng
exit 0
