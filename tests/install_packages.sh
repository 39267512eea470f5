#!/bin/sh
# What the tests need of Debian: Chromium, which the browser tests drive, and strace, which sees what a process reaches out for
# where network namespaces are forbidden. Installs them where apt and the right to use it are there; elsewhere those tests are
# skipped with a reason.
command -v chromium >/dev/null 2>&1 && command -v strace >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium and strace for the tests"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core strace >/dev/null
fi
exit 0
