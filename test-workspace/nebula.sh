#!/bin/sh
# nebula.sh FOLDER: makes certificates and configurations of a lighthouse and of a host that asks it. They speak by 127.0.0.1 only.
# nebula.sh both: makes them in /tmp/nebula and runs the two.
set -eu
if [ "$1" = both ]; then folder=/tmp/nebula; else folder=$1; fi
mkdir -p "$folder"
cd "$folder"
rm -f ./*.crt ./*.key
nebula-cert ca -name test-workspace

# host NAME ADDRESS PORT IS_LIGHTHOUSE KNOWN HOSTS
host() {
  nebula-cert sign -name "$1" -ip "$2/24"
  cat > "$1.yml" <<END
pki: {ca: $folder/ca.crt, cert: $folder/$1.crt, key: $folder/$1.key}
static_host_map: {$5}
lighthouse:
  am_lighthouse: $4
  interval: 5
  hosts: [$6]
  remote_allow_list: {0.0.0.0/0: false, 127.0.0.0/8: true}
  local_allow_list: {0.0.0.0/0: false, 127.0.0.0/8: true}
listen: {host: 127.0.0.1, port: $3}
tun: {disabled: true}
logging: {level: debug, format: text}
firewall:
  outbound: [{port: any, proto: any, host: any}]
  inbound: [{port: any, proto: any, host: any}]
END
}
host lighthouse 192.168.100.1 24242 true '' ''
host node 192.168.100.2 24243 false '"192.168.100.1": ["127.0.0.1:24242"]' '"192.168.100.1"'

if [ "$1" = both ]; then
  nebula -config lighthouse.yml &
  sleep 1
  exec nebula -config node.yml
fi
