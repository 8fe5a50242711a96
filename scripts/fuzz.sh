#!/usr/bin/env bash
# Runs fuzz targets under Jazzer, guided by coverage: scripts/fuzz.sh [TARGET] [SECONDS]. A target is the name of a
# …Fuzz class. Corpora are kept under target/ of their module, so that the next run goes on from there.
# Ends with 1 when an input breaks a target, and names the file that holds it.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/toolchain.sh
find_jdk
find_maven

modules=(dns tlsrpt policy gateway)
seconds=60
target=''
for word in "$@"; do
  case "$word" in
    '' | *[!0-9]*) target=$word ;;
    *) seconds=$word ;;
  esac
done

# Every target: its module and class.
targets() {
  local module file
  for module in "${modules[@]}"; do
    find "$module/src/test/java" -name "${target:-*}.java" -path '*Fuzz.java' | sort | while read -r file; do
      file=${file#"$module/src/test/java/"}
      file=${file%.java}
      echo "$module ${file//\//.}"
    done
  done
}

chosen=$(targets)
if [ -z "$chosen" ]; then
  echo "fuzz: there is no fuzz target '$target'; there are:" >&2
  target='' && targets >&2
  exit 2
fi

run_mvn -q test-compile dependency:build-classpath -Pfuzz -Dmdep.outputFile=target/fuzz.classpath \
  -pl "$(cut -d ' ' -f 1 <<<"$chosen" | sort -u | paste -sd, -)" -am </dev/null

# The time-out is wide: the first input pays for the instrumentation of all classes.
# Jazzer is silent for as long as it finds nothing new; once a minute its last line is shown.
fuzz() {
  local module=$1 class=$2
  local name=${class##*.} folder="$PWD/$1/target/fuzz/${2##*.}" tick=0 status=0
  mkdir -p "$folder/corpus" "$folder/found"
  echo "fuzz: $name for $seconds s"
  "$JAVA_HOME/bin/java" -Xmx1g -XX:+UseSerialGC -XX:+EnableDynamicAgentLoading -Xshare:off --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow \
    -cp "$module/target/test-classes:$module/target/classes:$(cat "$module/target/fuzz.classpath")" \
    com.code_intelligence.jazzer.Jazzer --target_class="$class" --reproducer_path="$folder/found" \
    --instrumentation_includes='org.gatepost.**:org.xbill.DNS.**' --keep_going=1 \
    -artifact_prefix="$folder/found/" -max_total_time="$seconds" -timeout=120 -rss_limit_mb=0 \
    "$folder/corpus" </dev/null >"$folder/log" 2>&1 &
  local jazzer=$!
  trap 'kill "$jazzer" 2>/dev/null || true' EXIT
  while kill -0 "$jazzer" 2>/dev/null; do
    sleep 1
    tick=$((tick + 1))
    [ $((tick % 60)) = 0 ] && echo "… $(date +%T) $name $(grep -a '^#' "$folder/log" | tail -n 1)"
  done
  wait "$jazzer" || status=$?
  trap - EXIT
  if [ "$status" != 0 ]; then
    grep -aE '^== |^Caused by|Exception|Error|Test unit written|artifact' "$folder/log" | head -n 12
    echo "fuzz: $name FAILED, status $status; the log is $folder/log, the input is in $folder/found" >&2
    return 1
  fi
  echo "fuzz: $name found nothing; $(grep -a '^Done\|^#.*DONE' "$folder/log" | tail -n 1)"
}

failed=0
while read -r module class; do
  fuzz "$module" "$class" || failed=1
done <<<"$chosen"
exit "$failed"
