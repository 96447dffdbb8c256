/* Linux's asynchronous I/O: contexts, requests, answers, and what an eventfd is told. */
#include "guest.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* linux/aio_abi.h, which not every C library's folder has. */
enum { IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_FSYNC, IOCB_CMD_PREADV = 7, IOCB_CMD_PWRITEV };
#define IOCB_FLAG_RESFD 1
struct iocb {
    uint64_t aio_data;
    uint32_t aio_key, aio_rw_flags;
    uint16_t aio_lio_opcode;
    int16_t aio_reqprio;
    uint32_t aio_fildes;
    uint64_t aio_buf, aio_nbytes;
    int64_t aio_offset;
    uint64_t aio_reserved2;
    uint32_t aio_flags, aio_resfd;
};
struct io_event {
    uint64_t data, obj;
    int64_t res, res2;
};

static unsigned long context;

static long setup(unsigned events) { return syscall(SYS_io_setup, events, &context); }
static long submit(long count, struct iocb **list) { return syscall(SYS_io_submit, context, count, list); }
static long fetch(long least, long most, struct io_event *into, struct timespec *limit)
{
    return syscall(SYS_io_getevents, context, least, most, into, limit);
}

static struct iocb request(int opcode, int fd, void *buffer, size_t bytes, long long offset)
{
    struct iocb r = { 0 };
    r.aio_data = 4711;
    r.aio_lio_opcode = opcode;
    r.aio_fildes = fd;
    r.aio_buf = (uintptr_t)buffer;
    r.aio_nbytes = bytes;
    r.aio_offset = offset;
    return r;
}

/* One request, and what came of it. */
static void one(const char *what, struct iocb r)
{
    struct iocb *list[] = { &r };
    struct io_event event;
    struct timespec second = { 1, 0 };
    printf("%s: ", what);
    if (CALL(submit(1, list)) != 1)
        return;
    CALL(fetch(1, 1, &event, &second));
    printf("  data %llu, its own %d, result %lld, %lld\n", (unsigned long long)event.data, event.obj == (uintptr_t)&r,
           (long long)event.res, (long long)event.res2);
}

int main(void)
{
    char text[16] = "text in a file", back[16] = "";
    struct timespec none = { 0, 0 }, second = { 1, 0 };
    struct io_event events[8];

    section("contexts");
    CALL(syscall(SYS_io_setup, 1, NULL));
    CALL(setup(0));
    CALL(setup(-1));
    context = 5;
    CALL(setup(1));
    context = 0;
    CALL(setup(4));
    CALL(fetch(0, 0, NULL, NULL));
    CALL(fetch(-1, 1, events, &none));
    CALL(fetch(2, 1, events, &none));
    CALL(fetch(1, 1, events, &none));

    section("requests");
    int fd = open("aio-file", O_CREAT | O_RDWR, 0600), fds[2];
    CALL(pipe(fds));
    one("write", request(IOCB_CMD_PWRITE, fd, text, sizeof text, 4));
    one("read", request(IOCB_CMD_PREAD, fd, back, sizeof back, 4));
    printf("%s, the file's own position %ld\n", back, (long)lseek(fd, 0, SEEK_CUR));
    one("read at the end", request(IOCB_CMD_PREAD, fd, back, 8, 100));
    one("into nothing", request(IOCB_CMD_PREAD, fd, (void *)8, 8, 0));
    struct iovec two[] = { { back, 4 }, { back + 8, 2 } };
    one("scattered", request(IOCB_CMD_PREADV, fd, two, 2, 4));
    printf("%.4s %.2s\n", back, back + 8);
    one("gathered", request(IOCB_CMD_PWRITEV, fd, two, 2, 0));
    one("synchronized", request(IOCB_CMD_FSYNC, fd, NULL, 0, 0));
    one("with a length", request(IOCB_CMD_FSYNC, fd, NULL, 1, 0));
    one("a pipe", request(IOCB_CMD_PWRITE, fds[1], text, 4, 0));
    struct iocb hurried = request(IOCB_CMD_PREAD, fds[0], back, 4, 0);
    hurried.aio_rw_flags = 8; /* RWF_NOWAIT */
    one("the pipe, not waiting", hurried);
    one("with nothing in it", hurried);
    hurried.aio_rw_flags = 1 << 30;
    one("a flag that is none", hurried);
    one("its wrong end", request(IOCB_CMD_PWRITE, fds[0], text, 4, 0));
    one("nothing open", request(IOCB_CMD_PREAD, 99, back, 4, 0));
    one("unknown", request(99, fd, back, 4, 0));
    one("negative length", request(IOCB_CMD_PREAD, fd, back, -1, 0));

    section("several");
    struct iocb good = request(IOCB_CMD_PREAD, fd, back, 4, 4), bad = request(IOCB_CMD_PREAD, 99, back, 4, 0);
    struct iocb *list[] = { &good, &good, &bad, &good };
    CALL(submit(-1, list));
    CALL(submit(0, list));
    CALL(submit(1, (struct iocb **)8));
    struct iocb *nowhere[] = { (struct iocb *)8 };
    CALL(submit(1, nowhere));
    CALL(submit(4, list));
    CALL(fetch(1, 1, events, &second));
    CALL(fetch(1, 8, events, &second));
    CALL(fetch(0, 8, events, NULL));
    CALL(syscall(SYS_io_cancel, context, &good, events));
    CALL(syscall(SYS_io_cancel, context, NULL, events));

    section("an eventfd");
    int counter = eventfd(0, EFD_NONBLOCK);
    good.aio_flags = IOCB_FLAG_RESFD;
    good.aio_resfd = counter;
    CALL(submit(2, list));
    eventfd_t count = 0;
    CALL(eventfd_read(counter, &count));
    printf("%llu\n", (unsigned long long)count);
    CALL(eventfd_write(counter, -2ull));
    CALL(submit(2, list));
    struct pollfd ready = { counter, POLLIN | POLLOUT, 0 };
    CALL(poll(&ready, 1, 0));
    CALL(eventfd_read(counter, &count));
    printf("%x, %llx\n", ready.revents, (unsigned long long)count);
    good.aio_resfd = fd;
    CALL(submit(1, list));
    CALL(fetch(4, 8, events, &second));

    section("whose they are");
    fflush(stdout);
    if (fork() == 0) {
        CALL(fetch(0, 1, events, &none));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    CALL(syscall(SYS_io_destroy, context));
    CALL(syscall(SYS_io_destroy, context));
    CALL(fetch(0, 1, events, &none));
    unlink("aio-file");
    return 0;
}
