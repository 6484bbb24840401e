#!/usr/bin/env bash
# Testcontainers without Docker: podman and a RabbitMQ image that is built here, so no registry is needed.
#
#   eval "$(testbed/podman-rabbitmq.sh start)"    # prepares what is missing, starts the API service, prints the exports
#   testbed/podman-rabbitmq.sh stop               # ends the service and its containers; the image stays
#   testbed/podman-rabbitmq.sh purge              # the same, and deletes image and settings
#
# As root on Debian or Ubuntu it installs the packages it needs; otherwise it says which. The first start takes two to
# three minutes (mostly mmdebstrap), later ones a second. Nothing outside its own directory is changed:
# .plainsail/podman beside it, or PLAINSAIL_PODMAN_DIR. Variables:
#
#   PLAINSAIL_PODMAN_DIR      where image, settings and socket are kept (its path must be shorter than 90 characters)
#   PLAINSAIL_DEBIAN_MIRROR   where mmdebstrap finds Debian; by default what apt on this machine uses
set -euo pipefail

readonly suite=trixie
readonly image="localhost/rabbitmq:${suite}"
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg
readonly packages=(podman runc mmdebstrap netavark aardvark-dns iptables debian-archive-keyring)

module="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
readonly base="${PLAINSAIL_PODMAN_DIR:-${module}/.plainsail/podman}"
readonly socket="${base}/podman.sock"
readonly pid_file="${base}/service.pid"
readonly service_log="${base}/service.log"

# Podman as this script sets it up: own settings, own storage.
export CONTAINERS_CONF="${base}/containers.conf"
export CONTAINERS_STORAGE_CONF="${base}/storage.conf"

main() {
  case "${1:-start}" in
    start)
      install_packages
      write_settings
      build_image
      start_service
      print_exports
      ;;
    stop) stop_service ;;
    purge)
      stop_service
      purge
      ;;
    *) fail "unknown command '$1': start, stop or purge" ;;
  esac
}

say() { echo "podman-rabbitmq: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

install_packages() {
  local missing=() program
  for program in podman runc mmdebstrap; do
    command -v "${program}" > /dev/null || missing+=("${program}")
  done
  [[ -f ${keyring} ]] || missing+=(debian-archive-keyring)
  ((${#missing[@]} == 0)) && return
  if [[ ${EUID} -ne 0 ]] || ! command -v apt-get > /dev/null; then
    fail "missing: ${missing[*]}. As root: apt-get install --no-install-recommends ${packages[*]}"
  fi
  say "installing ${packages[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}" >&2
}

write_settings() {
  ((${#socket} < 100)) || fail "${socket} is too long for a socket: set PLAINSAIL_PODMAN_DIR to a shorter path"
  mkdir --parents "${base}"
  cat > "${CONTAINERS_STORAGE_CONF}" << END
[storage]
driver = "overlay"
graphroot = "${base}/storage"
runroot = "${base}/run"
END
  # runc: crun refuses a host that has both cgroup hierarchies. The limits: podman's own defaults can be higher than
  # what the machine lets anyone set.
  cat > "${CONTAINERS_CONF}" << END
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]
log_driver = "k8s-file"

[network]
network_config_dir = "${base}/networks"

[engine]
runtime = "runc"
tmp_dir = "${base}/tmp"
volume_path = "${base}/volumes"
events_logger = "file"
END
  if [[ ! -d /run/systemd/system ]]; then
    echo 'cgroup_manager = "cgroupfs"' >> "${CONTAINERS_CONF}"
  fi
}

# The Debian mirror of this machine's apt; empty where it has none, and mmdebstrap then takes its own default.
mirror() {
  if [[ -n ${PLAINSAIL_DEBIAN_MIRROR:-} ]]; then
    echo "${PLAINSAIL_DEBIAN_MIRROR}"
    return
  fi
  local uris
  # Each of Debian's own archives says "Origin: Debian"; the one with security updates has another label.
  # shellcheck disable=SC2016 # apt fills in $(REPO_URI), not the shell.
  uris="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian')"
  head --lines=1 <<< "${uris}"
}

build_image() {
  if podman image exists "${image}"; then
    return
  fi
  local tree="${base}/rootfs.tar" from
  from="$(mirror)"
  say "building ${image} from ${from:-the default mirror of mmdebstrap}, which takes minutes"
  # $1 in the hooks is the new root directory, filled in by mmdebstrap.
  # loopback_users: the test comes from outside the container. log.console: Testcontainers waits for a log line.
  # shellcheck disable=SC2016
  mmdebstrap --variant=minbase --include=rabbitmq-server --keyring="${keyring}" \
    --aptopt='Acquire::Retries "3"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --customize-hook='printf "%s\n" "loopback_users = none" "log.console = true" > "$1/etc/rabbitmq/rabbitmq.conf"' \
    --customize-hook='rm --recursive --force "$1/var/lib/rabbitmq/.erlang.cookie" "$1/var/lib/rabbitmq/mnesia"' \
    "${suite}" "${tree}" ${from:+"${from}"} >&2
  podman import --quiet --change 'CMD ["/usr/sbin/rabbitmq-server"]' --change 'EXPOSE 5672' \
    "${tree}" "${image}" >&2
  rm --force "${tree}"
}

# By the socket in its command line: after a reboot the number in the file may be someone else's.
service_runs() {
  [[ -f ${pid_file} && -S ${socket} ]] \
    && grep --quiet --fixed-strings --null-data "${socket}" "/proc/$(< "${pid_file}")/cmdline" 2> /dev/null
}

start_service() {
  if service_runs; then
    return
  fi
  rm --force "${socket}"
  setsid podman system service --time=0 "unix://${socket}" > "${service_log}" 2>&1 < /dev/null &
  echo "$!" > "${pid_file}"
  local try
  for ((try = 0; try < 100; try++)); do
    if [[ -S ${socket} ]]; then
      return
    fi
    sleep 0.1
  done
  tail --lines=20 "${service_log}" >&2
  fail "the podman service did not open ${socket} in 10 s"
}

print_exports() {
  printf 'export DOCKER_HOST=%q\n' "unix://${socket}"
  echo 'export TESTCONTAINERS_RYUK_DISABLED=true'
  printf 'export PLAINSAIL_TEST_RABBITMQ_IMAGE=%q\n' "${image}"
}

stop_service() {
  [[ -d ${base} ]] || return 0
  if service_runs; then
    kill "$(< "${pid_file}")"
  fi
  rm --force "${pid_file}" "${socket}"
  if command -v podman > /dev/null && [[ -f ${CONTAINERS_CONF} ]]; then
    podman rm --all --force --time 1 >&2
  fi
  end_monitors
}

# A command that was run in a container through the API leaves its monitor behind for five minutes, and its last act
# would write into the storage again. Only those of this script's storage are ended.
end_monitors() {
  local pid
  for pid in $(pgrep --exact conmon || true); do
    if grep --quiet --fixed-strings --null-data "${base}/storage/" "/proc/${pid}/cmdline" 2> /dev/null; then
      kill -KILL "${pid}" 2> /dev/null || true
    fi
  done
}

# Only what this script made there, should the variable name a directory that holds more.
purge() {
  [[ -d ${base} ]] || return 0
  if command -v podman > /dev/null && [[ -f ${CONTAINERS_CONF} ]]; then
    podman rmi --all --force >&2
  fi
  rm --recursive --force "${base:?}"/{storage,run,tmp,volumes,networks}
  rm --force "${CONTAINERS_CONF}" "${CONTAINERS_STORAGE_CONF}" "${service_log}"
  rmdir --ignore-fail-on-non-empty "${base}"
}

main "$@"
