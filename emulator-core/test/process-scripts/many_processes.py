"""Processes and threads as python has them: multiprocessing, concurrent.futures, subprocess, signal, asyncio. The arguments: ways to start a process."""
import multiprocessing as mp, os, sys, time, signal, threading, subprocess, concurrent.futures as cf, queue, ctypes
def sq(x): return x*x
def child(q, ev, lock, val):
    ev.wait()
    with lock:
        for _ in range(100): val.value += 1
    q.put(os.getpid() != os.getppid())
def die(): os.kill(os.getpid(), signal.SIGKILL)
if __name__ == '__main__':
    for method in sys.argv[1:]:
        ctx = mp.get_context(method)
        with ctx.Pool(3) as p:
            print(method, p.map(sq, range(10)), p.apply(sq,(12,)), list(p.imap(sq, range(4))))
        q=ctx.Queue(); ev=ctx.Event(); lock=ctx.Lock(); val=ctx.Value('i',0)
        ps=[ctx.Process(target=child,args=(q,ev,lock,val)) for _ in range(3)]
        for p in ps: p.start()
        ev.set()
        for p in ps: p.join()
        print(val.value, [q.get() for _ in range(3)], [p.exitcode for p in ps])
        p=ctx.Process(target=die); p.start(); p.join(); print(p.exitcode)
    with mp.Manager() as m:
        d=m.dict(); l=m.list(range(3)); d['a']=1; l.append(5); print(dict(d), list(l))
    from multiprocessing import shared_memory
    s=shared_memory.SharedMemory(create=True,size=100); s.buf[:5]=b'hello'
    t=shared_memory.SharedMemory(name=s.name); print(bytes(t.buf[:5])); t.close(); s.close(); s.unlink()
    with cf.ProcessPoolExecutor(2) as e: print(list(e.map(sq, range(6))))
    with cf.ThreadPoolExecutor(4) as e: print(sorted(f.result() for f in cf.as_completed([e.submit(sq,i) for i in range(6)])))
    b=threading.Barrier(3); out=[]
    def w(i): b.wait(); out.append(i)
    ts=[threading.Thread(target=w,args=(i,)) for i in range(3)]
    [t.start() for t in ts]; [t.join() for t in ts]; print(sorted(out))
    c=threading.Condition(); 
    with c: print(c.wait(0.05))
    print(subprocess.run(['sh','-c','echo out; echo err >&2; exit 3'],capture_output=True))
    try: subprocess.run(['sleep','5'],timeout=0.2)
    except subprocess.TimeoutExpired as e: print('timeout')
    p=subprocess.Popen(['cat'],stdin=subprocess.PIPE,stdout=subprocess.PIPE); print(p.communicate(b'x'*100000)[0]==b'x'*100000)
    p=subprocess.Popen(['sleep','9'],start_new_session=True, preexec_fn=lambda: os.nice(1)); p.terminate(); print(p.wait())
    got=[]
    signal.signal(signal.SIGALRM, lambda s,f: got.append(s)); signal.setitimer(signal.ITIMER_REAL,0.05,0.05)
    while len(got)<3: time.sleep(1)
    signal.setitimer(signal.ITIMER_REAL,0); print('alarms', set(got))
    signal.pthread_sigmask(signal.SIG_BLOCK,[signal.SIGUSR1]); os.kill(os.getpid(),signal.SIGUSR1)
    print(signal.sigwaitinfo([signal.SIGUSR1])[0:3:2], signal.sigpending(), signal.sigtimedwait([signal.SIGUSR2],0.05))
    r,wr=os.pipe(); os.set_blocking(wr,False); signal.set_wakeup_fd(wr); os.kill(os.getpid(),signal.SIGALRM); print(os.read(r,1))
    pid=os.fork()
    if pid==0: os._exit(9)
    print(os.waitid(os.P_PID,pid,os.WEXITED)[2:], )
    pid=os.posix_spawn('/bin/true',['true'],os.environ); print(os.waitpid(pid,0)[1])
    import asyncio
    async def main():
        p=await asyncio.create_subprocess_exec('sh','-c','echo async; exit 4',stdout=asyncio.subprocess.PIPE)
        o,_=await p.communicate(); print(o,p.returncode)
        await asyncio.gather(*[asyncio.sleep(0.01) for _ in range(5)])
        loop=asyncio.get_running_loop(); f=loop.create_future(); loop.add_signal_handler(signal.SIGUSR2, lambda: f.set_result(1)); os.kill(os.getpid(),signal.SIGUSR2); print(await f)
        print(await loop.run_in_executor(None, sq, 9))
    asyncio.run(main())
    print(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS,0))
    sys.exit(3)
