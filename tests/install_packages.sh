#!/bin/sh
# What the tests need of Debian: Chromium, which the browser tests drive; strace, which sees what a process reaches out for where
# network namespaces are forbidden; and espeak-ng, which says sentences to the tests of hearing. Installs them where apt and the
# right to use it are there; elsewhere those tests are skipped with a reason.
missing=0
for command in chromium strace espeak-ng; do
    command -v "$command" >/dev/null 2>&1 || missing=1
done
[ "$missing" = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium, strace and espeak-ng for the tests"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium espeak-ng fonts-dejavu-core strace >/dev/null
fi
exit 0
