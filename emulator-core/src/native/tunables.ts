/** What an administrator may change while the system runs, beyond what its owners keep (System V's limits): sysctl(7). */
export class Tunables {
  /** Bytes as Latin-1, at most 64. */
  hostname = 'interlinear'
  domainname = '(none)'
  /** The highest number of descriptors that a process may be allowed (RLIMIT_NOFILE); it can be made less, not more. */
  mostDescriptors = 1048576
  /** Process numbers are below it. */
  pidMax = 32768
  /** Of one queue, of one user, of one user. */
  inotifyQueuedEvents = 16384
  inotifyInstances = 128
  inotifyWatches = 65536
  /** Of one queue; of all; of one group. */
  fanotifyQueuedEvents = 16384
  fanotifyGroups = 128
  fanotifyMarks = 8192
  /** Bytes that a pipe without privileges may hold; it can be made less than what any may, not more. */
  pipeMaxSize = 1048576
  /** Keys of one user, and their bytes; of root. */
  userKeys = 200
  userKeyBytes = 20_000
  rootKeys = 1_000_000
  rootKeyBytes = 25_000_000
  /** Seconds until expired keys are forgotten: remembered, they go when nobody holds them. */
  keyCollectionDelay = 300
  /** io_uring: 0 for everybody, 1 for the administrator, 2 for nobody. */
  ioUringDisabled = 0
  /** Whether userfaultfd may make the kernel wait for anybody. */
  unprivilegedUserfaultfd = 0
  /** Requests of asynchronous I/O that all contexts may hold. */
  aioMax = 65536
  /** Seconds that the holder of a lease has to give it up. */
  leaseBreakTime = 45
}
