#!/usr/bin/perl
# Perl: fork, pipes, sockets, signals, sorting, files, threads of its interpreter.
use strict; use warnings; use POSIX qw(:sys_wait_h :errno_h setsid ttyname sigaction SIGUSR1); use Socket; use IO::Select; use IO::Handle; use Fcntl qw(:flock :mode); use File::Temp; use Time::HiRes qw(alarm sleep usleep); use Storable; use Digest::SHA qw(sha256_hex); use List::Util qw(shuffle sum); use IPC::Open3; use Config;
$| = 1; open STDERR, '>&', \*STDOUT;
print "== fork\n";
my @pids = map { my $n = $_; my $pid = fork; if (!$pid) { sleep 0.01 * (5 - $n); exit $n } $pid } 1 .. 4;
print join(',', map { waitpid $_, 0; $? >> 8 } @pids), "\n";
pipe my $r, my $w; if (!fork) { close $r; print $w "line $_\n" for 1 .. 10_000; close $w; exit } close $w; my $n = () = <$r>; print "$n lines\n"; wait;
print `echo backquotes; exit 3`, $? >> 8, "\n"; print system('kill -9 $$') & 127, "\n"; system 'true'; print "$?\n"; print system('/nowhere'), " $!\n";
open my $p, '|-', 'sort -n | tail -2' or die; print $p "$_\n" for shuffle 1 .. 500; close $p;
open $p, '-|', 'sh', '-c', 'echo list form; exit 2' or die; print <$p>; close $p; print $? >> 8, "\n";
my $pid = open3(my $in, my $out, undef, 'cat'); print $in "through open3\n"; close $in; print <$out>; waitpid $pid, 0;
print "== signals\n";
local $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 0.05; sleep 5 }; print $@;
my $got = 0; $SIG{USR1} = sub { $got++ }; kill USR1 => $$ for 1 .. 3; print "$got\n";
$SIG{CHLD} = sub { while ((my $k = waitpid -1, WNOHANG) > 0) { print 'child ', $? >> 8, "\n" } }; if (!fork) { exit 6 } sleep 1; $SIG{CHLD} = 'DEFAULT';
{ local $SIG{PIPE} = 'IGNORE'; pipe my $a, my $b; close $a; print defined syswrite($b, 'x') ? 'written' : "$!", "\n" }
if (!fork) { setsid; $SIG{TERM} = sub { print "terminated\n"; exit 4 }; kill TERM => $$; sleep 5 } wait; print $? >> 8, "\n";
print "== sockets\n";
socketpair my $x, my $y, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die; $_->autoflush for $x, $y;
if (!fork) { while (<$y>) { print $y uc } exit } close $y; print $x "hello\n"; print scalar <$x>; shutdown $x, 1; print defined <$x> ? 'more' : 'end', "\n"; wait;
socket my $s, AF_UNIX, SOCK_STREAM, 0; bind $s, sockaddr_un('server') or die; listen $s, 5;
for my $n (1 .. 3) { if (!fork) { socket my $c, AF_UNIX, SOCK_STREAM, 0; connect $c, sockaddr_un('server') or die; syswrite $c, "client $n"; sysread $c, my $reply, 100; exit($reply eq "you are client $n" ? 0 : 1) } }
my $select = IO::Select->new($s); my $served = 0;
while ($served < 3) { for my $f ($select->can_read) { if ($f == $s) { accept my $c, $s; $select->add($c) } elsif (sysread $f, my $text, 100) { syswrite $f, "you are $text" } else { $select->remove($f); close $f; $served++ } } }
print join(',', map { wait; $? } 1 .. 3), "\n";
print "== files\n";
open my $f, '+>', 'data' or die; flock $f, LOCK_EX; print $f pack('N*', 1 .. 1000); seek $f, 400, 0; read $f, my $four, 4; print unpack('N', $four), ' ', -s 'data', "\n";
if (!fork) { open my $g, '<', 'data'; print flock($g, LOCK_SH | LOCK_NB) ? 'locked' : "$!", "\n"; exit } wait;
truncate $f, 10; print((stat $f)[7], ' ', S_ISREG((stat $f)[2]) ? 'regular' : 'other', "\n"); close $f; symlink 'data', 'link'; print readlink('link'), ' ', -l 'link' ? 'link' : '', "\n"; chmod 0640, 'data'; printf "%o\n", (stat 'data')[2] & 07777;
utime 1, 2, 'data'; print join(' ', (stat 'data')[8, 9]), "\n"; mkdir 'd'; rename 'data', 'd/moved'; opendir my $d, 'd'; print join(' ', sort readdir $d), "\n"; print rmdir('d') ? '' : "$!\n"; print unlink(glob 'd/*'), "\n";
print join(' ', sort map { sprintf '%s', $_ } <*>), ' ', sum(map { length } sort { $b cmp $a } map { sha256_hex $_ } 1 .. 2000), "\n";
store { a => [1, 2] }, 'stored'; print retrieve('stored')->{a}[1], "\n"; print eval { require threads; join ',', map { $_->join } map { my $k = $_; threads->create(sub { $k * $k }) } 1 .. 3 } // 'no threads', "\n";
print join(' ', map { $_ > 0 ? 1 : 0 } (times)[0]), "\n"; exec 'sh', '-c', 'echo replaced; exit 9';
