// Threads, what they share, panics that are caught, processes.
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{
    atomic::{AtomicUsize, Ordering},
    mpsc, Arc, Condvar, Mutex,
};
use std::thread;
use std::time::Duration;
fn main() {
    // The default one prints the thread's number.
    std::panic::set_hook(Box::new(|info| {
        println!("{}", info.location().unwrap().line())
    }));
    let n = Arc::new(AtomicUsize::new(0));
    let m = Arc::new(Mutex::new(0u64));
    let hs: Vec<_> = (0..8)
        .map(|i| {
            let n = n.clone();
            let m = m.clone();
            thread::spawn(move || {
                for k in 0..1000 {
                    n.fetch_add(1, Ordering::SeqCst);
                    *m.lock().unwrap() += k;
                }
                i * 2
            })
        })
        .collect();
    let r: Vec<i32> = hs.into_iter().map(|h| h.join().unwrap()).collect();
    println!(
        "{:?} {} {}",
        r,
        n.load(Ordering::SeqCst),
        *m.lock().unwrap()
    );
    let r = thread::spawn(|| {
        panic!("in a thread");
    })
    .join();
    println!("{}", r.is_err());
    let p = Arc::new((Mutex::new(false), Condvar::new()));
    let p2 = p.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(10));
        *p2.0.lock().unwrap() = true;
        p2.1.notify_all();
    });
    let mut g = p.0.lock().unwrap();
    while !*g {
        g = p.1.wait(g).unwrap();
    }
    println!("woken");
    drop(g);
    let (tx, rx) = mpsc::channel();
    for i in 0..4 {
        let tx = tx.clone();
        thread::spawn(move || {
            for k in 0..3 {
                tx.send(i * 10 + k).unwrap();
            }
        });
    }
    drop(tx);
    let mut v: Vec<i32> = rx.iter().collect();
    v.sort();
    println!("{:?}", v);
    thread::scope(|s| {
        for _ in 0..3 {
            s.spawn(|| n.fetch_add(1, Ordering::SeqCst));
        }
    });
    println!("{}", n.load(Ordering::SeqCst));
    let o = Command::new("sh")
        .arg("-c")
        .arg("echo hi; exit 5")
        .output()
        .unwrap();
    println!("{:?} {:?}", o.status, String::from_utf8(o.stdout));
    let mut c = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    c.stdin.take().unwrap().write_all(b"abc").unwrap();
    println!("{:?}", c.wait_with_output().unwrap().stdout);
    let mut c = Command::new("sleep").arg("20").spawn().unwrap();
    c.kill().unwrap();
    println!("{:?}", c.wait().unwrap());
    println!(
        "{:?}",
        Command::new("/no/such").spawn().map_err(|e| e.kind()).err()
    );
    let r = std::panic::catch_unwind(|| {
        let v: Vec<i32> = vec![];
        v[thread::available_parallelism().unwrap().get()]
    });
    println!("{}", r.is_err());
    std::process::exit(6);
}
