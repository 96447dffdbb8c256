#!/usr/bin/tclsh
# Tcl: processes, pipelines, events, files, and a pseudo-terminal by Expect.
puts [exec echo one | tr a-z A-Z]; puts [catch {exec sh -c {echo out; echo err >&2; exit 3}} m options]; puts $m; puts [lrange [dict get $options -errorcode] 2 end]
set f [open "|cat -n" r+]; fconfigure $f -buffering line; puts $f hello; puts [gets $f]; close $f w; puts [gets $f]; close $f
set f [open data w]; for {set i 0} {$i < 1000} {incr i} {puts $f "line $i"}; close $f; set f [open data]; seek $f 100; gets $f; puts [gets $f]; close $f; puts [file size data]; file rename data moved; puts [lsort [glob *]]; puts [file exists data]
set ticks 0; proc tick {} {global ticks done; if {[incr ticks] == 3} {set done 1} else {after 5 tick}}; after 5 tick; vwait done; puts $ticks
set p [open "|sh -c {sleep 0.05; echo later}"]; fileevent $p readable {set line [gets $p]}; vwait line; puts $line; close $p; puts [expr {2**100}] ; puts [clock format 0 -gmt 1 -format %Y]; catch {open /nowhere} m; puts $m
set e [open script.exp w]; puts $e {log_user 0; spawn sh; set timeout 10; send "stty -echo; PS1=; echo \$((6*7)) ready\n"; expect -re {42 ready} {send_user "ready\n"}; send "exit 5\n"; expect eof; catch wait result; send_user "[lindex $result 3]\n"}; close $e; puts [exec expect script.exp]
exit 4
