#!/usr/bin/env bash
# radosgw.sh start|stop: a Ceph Object Gateway on this machine alone, in memory (one monitor, one OSD on a memstore), with object lock.
# Needs ceph-mon, ceph-osd and radosgw of the distribution; run as root or anybody. Prints the variables that tests take.
set -euo pipefail
home=${RADOSGW_HOME:-/tmp/lastgood-radosgw}
port=${RADOSGW_PORT:-7480}
monitor=${RADOSGW_MONITOR_PORT:-6799}
conf=$home/ceph.conf

stop() {
  for file in "$home"/*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    # A number may have been given to somebody else since.
    if grep -qz -- "$conf" "/proc/$pid/cmdline" 2>/dev/null; then kill -9 "$pid" || true; fi
  done
  rm -rf "$home"
}

background() { # name, command…
  local name=$1
  shift
  setsid "$@" </dev/null >"$home/$name.out" 2>&1 &
  echo $! >"$home/$name.pid"
}

until_true() { # seconds, command…
  local left=$1
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then echo "gave up waiting for: $*" >&2; tail -n 20 "$home"/*.out >&2; exit 1; fi
    sleep 1
  done
}

ceph_() { timeout 60 ceph -c "$conf" "$@"; }

start() {
  [ ! -e "$home" ] || { echo "$home is there: stop it first" >&2; exit 1; }
  mkdir -p "$home"/{mon,osd,run,log,rgw}
  local fsid
  fsid=$(cat /proc/sys/kernel/random/uuid)
  cat >"$conf" <<END
[global]
fsid = $fsid
mon_host = [v1:127.0.0.1:$monitor]
mon_initial_members = a
public_network = 127.0.0.0/8
ms_bind_ipv4 = true
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = $home/run
admin_socket = $home/run/\$name.asok
log_file = $home/log/\$name.log
mon_data = $home/mon
mon_cluster_log_file = $home/log/cluster.log
mon_allow_pool_size_one = true
mon_pg_warn_min_per_osd = 0
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 1
mon_data_avail_warn = 2
osd_data = $home/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_class_load_list = *
osd_class_default_list = *
rgw_data = $home/rgw
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_lifecycle_work_time = 00:00-23:59
rgw_enable_usage_log = false
END
  monmaptool --create --fsid "$fsid" --addv a "[v1:127.0.0.1:$monitor]" "$home/monmap" >/dev/null
  ceph-authtool --create-keyring "$home/keyring" --gen-key -n mon. --cap mon 'allow *' >/dev/null
  ceph-mon -c "$conf" -i a --mkfs --monmap "$home/monmap" --keyring "$home/keyring"
  background mon ceph-mon -c "$conf" -i a -f
  until_true 60 ceph_ osd dump
  local uuid
  uuid=$(cat /proc/sys/kernel/random/uuid)
  ceph_ osd new "$uuid" 0 >/dev/null
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$uuid" >"$home/mkfs.out" 2>&1
  background osd ceph-osd -c "$conf" -i 0 -f
  until_true 60 sh -c "ceph -c $conf osd stat | grep -q '1 up'"
  background rgw radosgw -c "$conf" -n client.rgw -f
  until_true 120 curl -s -o "$home/answer" "http://127.0.0.1:$port/"
  radosgw-admin -c "$conf" user create --uid=lastgood --display-name=lastgood --access-key=lastgood --secret-key=lastgood-secret >"$home/user.out" 2>&1
  echo "export LASTGOOD_TEST_S3_ENDPOINT=http://127.0.0.1:$port LASTGOOD_TEST_S3_ACCESS_KEY=lastgood LASTGOOD_TEST_S3_SECRET_KEY=lastgood-secret"
}

case ${1:-} in
start) start ;;
stop) stop ;;
*) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
