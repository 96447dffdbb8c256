#!/usr/bin/ruby
# Ruby: processes, threads, fibers, sockets, files.
require 'socket'; require 'open3'; require 'tempfile'; require 'digest'; require 'timeout'; require 'json'; require 'io/console'; require 'etc'; require 'fileutils'
$stdout.sync = true; $stderr.reopen($stdout)
puts `echo backquotes`, $?.exitstatus, system('exit 3'), $?.exitstatus, Open3.capture3('sh', '-c', 'cat; echo e >&2; exit 2', stdin_data: 'in').map(&:to_s).map { _1.sub(/pid \d+/, 'pid') }
r, w = IO.pipe; pid = fork { r.close; w.puts 'child'; exit! 4 }; w.close; puts r.read, Process.wait2(pid)[1].exitstatus
puts (1..5).map { |n| spawn("exit #{n}") }.map { Process.wait2(_1)[1].exitstatus }.inspect
trap('USR1') { puts 'usr1' }; Process.kill('USR1', $$); sleep 0.01; pid = spawn('sleep 10'); Process.kill(:TERM, pid); p Process.wait2(pid)[1].termsig
begin; Timeout.timeout(0.05) { sleep 5 }; rescue Timeout::Error => e; puts e.message; end
total = 0; m = Mutex.new; (1..5).map { Thread.new { 2000.times { m.synchronize { total += 1 } } } }.each(&:join); p total
q = SizedQueue.new(2); t = Thread.new { s = 0; while (v = q.pop) do s += v end; s }; (1..100).each { q << _1 }; q << nil; p t.value
cv = ConditionVariable.new; ready = false; t = Thread.new { m.synchronize { cv.wait(m) until ready; 'woken' } }; m.synchronize { ready = true; cv.signal }; p t.value
f = Fiber.new { |x| y = Fiber.yield x * 2; y + 1 }; p f.resume(5), f.resume(10); p Thread.new { raise 'lost' rescue $!.message }.value
server = UNIXServer.new('sock'); t = Thread.new { 3.times { c = server.accept; c.puts c.gets.upcase; c.close } }; p 3.times.map { |n| c = UNIXSocket.new('sock'); c.puts "n#{n}"; c.gets }; t.join
a, b = UNIXSocket.pair; a.send_io($stdout); b.recv_io.puts 'passed on'; a.close; p b.read, IO.select([b], nil, nil, 0.1) != nil
p r.closed?, begin; File.open('none'); rescue => e; e.class; end; File.write('x', 'y' * 100_000); p File.size('x'), Digest::SHA256.file('x').hexdigest[0, 10], File.stat('x').mode.to_s(8); File.open('x', 'r+') { |g| g.flock(File::LOCK_EX); g.seek(10); g.write('ZZ'); g.truncate(20) }; p IO.read('x')
Dir.mkdir('d'); FileUtils.cp_r('x', 'd/'); p Dir['**/*'].sort; FileUtils.rm_r('d'); Tempfile.create { |g| g.write('t'); g.flush; p File.exist?(g.path) }; p Etc.getpwuid(0).name, Process.clock_gettime(Process::CLOCK_MONOTONIC) > 0, RUBY_ENGINE, JSON.parse('[1,{"a":null}]')
GC.stress = false; 30.times { Array.new(20_000) { 'x' * 20 } }; GC.start; p GC.count > 0, ObjectSpace.count_objects[:TOTAL] > 0; p Process.getrlimit(:NOFILE).size; at_exit { puts 'at exit' }; exit 5
