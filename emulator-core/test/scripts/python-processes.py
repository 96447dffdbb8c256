#!/usr/bin/python3
"""Python: subprocess, os.fork, pipes, signals, multiprocessing, threading, select."""
import concurrent.futures, ctypes, errno, fcntl, hashlib, io, json, mmap, multiprocessing, os, pty, queue, resource, select, signal
import socket, subprocess, sys, tempfile, threading, time

def section(name): print('==', name, flush=True)

def square(n): return n * n
def child(q, lock, value, array, conn, parent):
    with lock: value.value += 1
    array[0] += 1.5; q.put(os.getppid() == parent); conn.send({'list': [1, 2]}); print(conn.recv(), flush=True)

if __name__ == '__main__':  # a spawned process reads this file again
    section('subprocess')
    print(subprocess.run(['sort', '-r'], input='b\na\nc\n', text=True, capture_output=True))
    print(subprocess.check_output('echo $0 $A; exit 0', shell=True, env={'A': 'environment', 'PATH': os.environ['PATH']}))
    print(subprocess.run(['sh', '-c', 'echo err >&2; exit 3'], stderr=subprocess.PIPE).stderr)
    try: subprocess.run(['sleep', '10'], timeout=0.1)
    except subprocess.TimeoutExpired as e: print('timeout', e.cmd)
    try: subprocess.run(['/nowhere'])
    except FileNotFoundError as e: print(e)
    p = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, cwd='/')
    print(os.getsid(p.pid) == p.pid, len(p.communicate(b'x' * 1_000_000)[0]), p.returncode)
    p = subprocess.Popen(['sleep', '10']); p.terminate(); print(p.wait())
    print(subprocess.run(['sh', '-c', 'ulimit -n; umask'], preexec_fn=lambda: (os.umask(0o7), resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))), stdout=subprocess.PIPE).stdout)
    first = subprocess.Popen(['seq', '100000'], stdout=subprocess.PIPE)
    second = subprocess.Popen(['md5sum'], stdin=first.stdout, stdout=subprocess.PIPE); first.stdout.close()
    print(second.communicate()[0], first.wait())
    print([q.wait() for q in [subprocess.Popen(['sh', '-c', f'exit {n}']) for n in range(10)]])

    section('fork')
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0: os.close(r); os.write(w, b'from the child'); os._exit(42)
    os.close(w); print(os.read(r, 100), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])); os.close(r)
    pid = os.fork()
    if pid == 0: signal.pause()
    os.kill(pid, signal.SIGSTOP); info = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED); print(info.si_signo, info.si_code, info.si_status)
    os.kill(pid, signal.SIGCONT); info = os.waitid(os.P_PID, pid, os.WCONTINUED); print(info.si_code, info.si_status)
    os.kill(pid, signal.SIGUSR1); info = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT); print(info.si_code, info.si_status, info.si_pid == pid)
    pid, status, usage = os.wait4(pid, 0); print(os.WTERMSIG(status), usage.ru_maxrss > 1000)
    try: os.wait()
    except ChildProcessError as e: print(e)
    pid = os.posix_spawn('/bin/echo', ['echo', 'spawned'], os.environ); print(os.waitpid(pid, 0)[1])
    shared = mmap.mmap(-1, 4096)
    if (pid := os.fork()) == 0: shared[:5] = b'child'; os._exit(0)
    os.waitpid(pid, 0); print(shared[:5])

    section('signals')
    seen = []
    signal.signal(signal.SIGALRM, lambda n, f: seen.append(n))
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    while len(seen) < 3: signal.pause()
    signal.setitimer(signal.ITIMER_REAL, 0); print(seen[:3], signal.getitimer(signal.ITIMER_REAL))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
    os.kill(os.getpid(), signal.SIGUSR1); print(signal.sigpending())
    print(signal.sigwaitinfo([signal.SIGUSR1]).si_signo, signal.sigtimedwait([signal.SIGUSR2], 0.01))
    r, w = socket.socketpair(); w.setblocking(False); signal.set_wakeup_fd(w.fileno())
    signal.signal(signal.SIGHUP, lambda n, f: None); os.kill(os.getpid(), signal.SIGHUP); print(r.recv(10)); signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGUSR2, lambda n, f: 1 / 0)
    try:
        os.kill(os.getpid(), signal.SIGUSR2); signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2]); time.sleep(5)
    except ZeroDivisionError as e: print(e)
    print(signal.strsignal(11), signal.sigwait([signal.SIGALRM]) if os.kill(os.getpid(), signal.SIGALRM) and False else '')

    section('threads')
    lock, total = threading.Lock(), 0
    def add():
        global total
        for _ in range(20_000):
            with lock: total += 1
    threads = [threading.Thread(target=add) for _ in range(8)]
    for t in threads: t.start()
    for t in threads: t.join()
    print(total)
    work, done = queue.Queue(5), queue.Queue()
    def worker():
        while (n := work.get()) is not None: done.put(n * n)
    threads = [threading.Thread(target=worker) for _ in range(4)]
    for t in threads: t.start()
    for n in range(500): work.put(n)
    for t in threads: work.put(None)
    for t in threads: t.join()
    print(sum(done.get() for _ in range(500)))
    barrier, event, condition = threading.Barrier(3), threading.Event(), threading.Condition()
    def meet(): barrier.wait(); event.wait(); 
    threads = [threading.Thread(target=meet) for _ in range(3)]
    for t in threads: t.start()
    event.set(); [t.join() for t in threads]; print(event.wait(0.01), threading.active_count())
    t = threading.Timer(0.05, event.clear); t.start(); t.join(); print(event.wait(0.02))
    local = threading.local(); local.x = 1
    with concurrent.futures.ThreadPoolExecutor(4) as pool: print(sum(pool.map(lambda n: n ** 2, range(100))), hasattr(local, 'x'))
    def boom(): raise ValueError('in a thread')
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        try: pool.submit(boom).result()
        except ValueError as e: print(e)
    if (pid := os.fork()) == 0: print('forked beside threads', threading.active_count(), flush=True); os._exit(0)
    os.waitpid(pid, 0)

    section('multiprocessing')
    parent = os.getpid()
    with multiprocessing.Pool(3) as pool: print(pool.map(square, range(20)), pool.apply_async(square, (7,)).get())
    for method in ['fork', 'spawn']:
        context = multiprocessing.get_context(method)
        if method == 'fork':
            ours, theirs = context.Pipe(); q, value, array = context.Queue(), context.Value('i', 5), context.Array('d', 3)
            p = context.Process(target=child, args=(q, context.Lock(), value, array, theirs, parent)); p.start(); ours.send('to the child')
            print(q.get(), ours.recv(), p.join(), p.exitcode, value.value, array[:])
        p = context.Process(target=os._exit, args=(6,)); p.start(); p.join(); q = context.Process(target=time.sleep, args=(30,)); q.start(); q.kill(); q.join(); print(method, p.exitcode, q.exitcode)
    from multiprocessing import shared_memory
    m = shared_memory.SharedMemory(create=True, size=10000); n = shared_memory.SharedMemory(m.name); m.buf[:3] = b'abc'; print(bytes(n.buf[:3])); n.close(); m.close(); m.unlink()
    with concurrent.futures.ProcessPoolExecutor(2) as pool: print(list(pool.map(square, range(5))))

    section('select')
    r, w = os.pipe()
    print([len(x) for x in select.select([r], [w], [], 0)], select.select([r], [], [], 0.01)); os.write(w, b'x')
    print([(fd == r, e) for fd, e in (lambda p: (p.register(r, select.POLLIN), p.poll(100))[1])(select.poll())])
    with select.epoll() as e:
        e.register(r, select.EPOLLIN | select.EPOLLET); print([(fd == r, ev) for fd, ev in e.poll(0.1)], e.poll(0.01)); os.close(w)
        print([(fd == r, ev & select.EPOLLIN) for fd, ev in e.poll(0.1)]); e.unregister(r)
    a, b = socket.socketpair(); a.settimeout(0.01)
    try: a.recv(1)
    except TimeoutError as e: print(e)
    socket.send_fds(a, [b'fd'], [r]); data, fds, flags, address = socket.recv_fds(b, 10, 1); print(data, len(fds), os.read(fds[0], 1), os.read(fds[0], 1))

    section('pty')
    pid, fd = pty.fork()
    if pid == 0: os.execvp('sh', ['sh', '-c', 'tty >/dev/null && echo a terminal; stty size; read x; echo "[$x]"'])
    out = b''
    os.write(fd, b'typed\n')
    try:
        while data := os.read(fd, 1000): out += data
    except OSError as e: print(errno.errorcode[e.errno])
    print(out, os.waitpid(pid, 0)[1])

    section('ctypes and the rest')
    libc = ctypes.CDLL(None, use_errno=True)
    print(libc.getpid() == os.getpid(), libc.close(-1), ctypes.get_errno(), libc.syscall(39) == os.getpid())
    with tempfile.TemporaryFile() as f, open('lock', 'w') as g: fcntl.flock(g, fcntl.LOCK_EX); fcntl.lockf(f, fcntl.LOCK_SH); f.truncate(10_000); print(os.fstat(f.fileno()).st_size)
    print(sorted(os.sched_getaffinity(0)) != [], os.cpu_count() > 0, os.getloadavg()[0] >= 0, os.sysconf('SC_PAGE_SIZE'), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > 0)
    print(os.memfd_create('x') > 2 and 'memfd', os.eventfd(3) > 2 and 'eventfd', os.get_terminal_size if False else os.isatty(0))
    sys.stdout.flush(); sys.exit(7)
