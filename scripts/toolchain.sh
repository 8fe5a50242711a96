# Finds what the build needs; sourced by ./gatepost and ./dev. Prints one line and returns 2 for what is missing.

# Whether the folder holds a JDK (not just a runtime) of version 25.
is_jdk25() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] && grep -q '^JAVA_VERSION="25[."]' "$1/release"
}

# Sets and exports JAVA_HOME: the one given, if it is a JDK 25, else the first in the usual folders.
find_jdk() {
  local home
  for home in "${JAVA_HOME:-}" "${GATEPOST_JDK:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk* /usr/java/* \
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$home" ] && is_jdk25 "$home"; then
      export JAVA_HOME="$home"
      return 0
    fi
  done
  echo "gatepost: JDK 25 is missing: install one (for example Temurin 25) and set JAVA_HOME to its folder" >&2
  return 2
}

# Makes sure that mvn can be called, by apt on a Debian machine where we may.
find_maven() {
  command -v mvn >/dev/null && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "gatepost: installing Maven with apt-get" >&2
    DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null &&
      DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends maven >/dev/null && return 0
  fi
  echo "gatepost: Maven is missing: install the package 'maven' (3.8 or later)" >&2
  return 2
}

# Maven without its download chatter and without the JVM's remarks about Maven's own libraries. The second compiler
# costs more than it gives in so short a life: a third of the processor time of a build.
run_mvn() {
  MAVEN_OPTS="${MAVEN_OPTS:--Xmx1g -XX:TieredStopAtLevel=1} --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow" \
    mvn --batch-mode --no-transfer-progress -Dstyle.color=never "$@"
}

# Makes sure that commands can be called and files are there; each argument is COMMAND=DEBIAN-PACKAGE or
# /PATH/OF/FILE=DEBIAN-PACKAGE.
need_commands() {
  local pair lacking=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || [ -x "/usr/sbin/${pair%%=*}" ] || [ -f "/${pair%%=*}" ] || lacking+=("${pair#*=}")
  done
  [ ${#lacking[@]} -eq 0 ] && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "gatepost: installing ${lacking[*]} with apt-get" >&2
    DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null &&
      DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${lacking[@]}" >/dev/null && return 0
  fi
  echo "gatepost: missing packages: ${lacking[*]}" >&2
  return 2
}
