//! A thread that waits for the sockets while JavaScript is busy or asleep. It tells what became ready, once for each change, and
//! does not look again before that was taken: a flood of news costs no more than JavaScript's own pace.

use std::io;
use std::os::fd::RawFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use mio::event::Event;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token, Waker};

pub const INPUT: i32 = 1;
pub const OUTPUT: i32 = 2;
pub const PRIORITY: i32 = 4;
pub const ERROR: i32 = 8;
pub const HANG_UP: i32 = 16;
pub const INPUT_ENDS: i32 = 32;

const WAKE: Token = Token(usize::MAX);
const EVENTS: usize = 256;

#[derive(Default)]
struct News {
    ready: Vec<(RawFd, i32)>,
    closing: bool,
}

#[derive(Default)]
struct Shared {
    news: Mutex<News>,
    taken: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct Waiter {
    shared: Arc<Shared>,
    registry: Registry,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl Waiter {
    /// `tell` is called on the thread when there is news after there was none.
    pub fn start(tell: impl Fn() + Send + 'static) -> io::Result<Waiter> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let thread = thread::Builder::new().name("host-sockets".into()).spawn(move || wait(poll, &theirs, tell))?;
        Ok(Waiter { shared, registry, waker, thread: Some(thread) })
    }

    pub fn watch(&self, socket: RawFd) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        #[cfg(target_os = "linux")]
        let interest = interest | Interest::PRIORITY;
        self.registry.register(&mut SourceFd(&socket), Token(socket as usize), interest)
    }

    pub fn forget(&self, socket: RawFd) {
        // It is closed next, which does the same.
        let _ = self.registry.deregister(&mut SourceFd(&socket));
    }

    /// Pairs of socket and bits, as many as there is room for; how many pairs.
    pub fn take(&self, into: &mut [i32]) -> usize {
        let mut news = self.shared.lock();
        if news.ready.is_empty() {
            return 0;
        }
        let count = news.ready.len().min(into.len() / 2);
        for ((socket, bits), place) in news.ready.drain(..count).zip(into.chunks_exact_mut(2)) {
            place.copy_from_slice(&[socket, bits]);
        }
        if news.ready.is_empty() {
            self.shared.taken.notify_one();
        }
        count
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.taken.notify_one();
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn wait(mut poll: Poll, shared: &Shared, tell: impl Fn()) {
    let mut events = Events::with_capacity(EVENTS);
    loop {
        match poll.poll(&mut events, None) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        }
        let mut news = shared.lock();
        if news.closing {
            return;
        }
        news.ready.extend(events.iter().filter(|event| event.token() != WAKE).map(|event| (event.token().0 as RawFd, bits(event))));
        if news.ready.is_empty() {
            continue;
        }
        tell();
        while !news.ready.is_empty() && !news.closing {
            news = shared.taken.wait(news).unwrap_or_else(PoisonError::into_inner);
        }
        if news.closing {
            return;
        }
    }
}

fn bits(event: &Event) -> i32 {
    let of = |is: bool, bit: i32| if is { bit } else { 0 };
    of(event.is_readable(), INPUT)
        | of(event.is_writable(), OUTPUT)
        | of(event.is_priority(), PRIORITY)
        | of(event.is_error(), ERROR)
        | of(event.is_read_closed() && event.is_write_closed(), HANG_UP)
        | of(event.is_read_closed(), INPUT_ENDS)
}
