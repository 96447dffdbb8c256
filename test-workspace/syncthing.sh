#!/bin/sh
# syncthing.sh FOLDER: makes two homes for Syncthing that share a folder, FOLDER/emulated and FOLDER/native. They speak by 127.0.0.1 only.
set -eu
mkdir -p "$1"
cd "$1"
folder=$(pwd)
for name in emulated native; do
  mkdir -p "$name/home" "$name/shared/.stfolder"
  syncthing generate --home="$name/home" --no-default-folder --skip-port-probing > "$name/log" 2>&1
done
emulated=$(syncthing --home=emulated/home --device-id)
native=$(syncthing --home=native/home --device-id)

# configure NAME PORT_OF_ITS_PAGE PORT
configure() {
  cat > "$1/home/config.xml" <<END
<configuration version="36">
  <folder id="shared" path="$folder/$1/shared" type="sendreceive" rescanIntervalS="10" fsWatcherEnabled="true" fsWatcherDelayS="1">
    <device id="$emulated"/><device id="$native"/>
  </folder>
  <device id="$emulated" name="emulated"><address>tcp://127.0.0.1:22100</address></device>
  <device id="$native" name="native"><address>tcp://127.0.0.1:22101</address></device>
  <gui enabled="true"><address>127.0.0.1:$2</address></gui>
  <options>
    <listenAddress>tcp://127.0.0.1:$3</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <stunKeepaliveStartS>0</stunKeepaliveStartS>
    <startBrowser>false</startBrowser>
    <urAccepted>-1</urAccepted>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
    <crashReportingEnabled>false</crashReportingEnabled>
    <reconnectionIntervalS>5</reconnectionIntervalS>
  </options>
</configuration>
END
}
configure emulated 22110 22100
configure native 22111 22101
