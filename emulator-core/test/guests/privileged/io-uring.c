/* io_uring: the rings, requests that are done at once, that wait, that hang together, that are taken back. */
#include "../guest.h"
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>

static int ring;
static char *rings;
static struct io_uring_sqe *sqes;
static struct io_uring_params p;
#define WORD(at) (*(volatile unsigned *)(rings + (at)))

static long setup(unsigned entries, unsigned flags, unsigned completions)
{
    memset(&p, 0, sizeof p);
    p.flags = flags;
    p.cq_entries = completions;
    return syscall(SYS_io_uring_setup, entries, &p);
}

static struct io_uring_sqe *ask(int opcode, int fd, const void *address, unsigned length, uint64_t offset, uint64_t data)
{
    unsigned tail = WORD(p.sq_off.tail), index = tail & WORD(p.sq_off.ring_mask);
    struct io_uring_sqe *sqe = sqes + index;
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = opcode;
    sqe->fd = fd;
    sqe->addr = (uintptr_t)address;
    sqe->len = length;
    sqe->off = offset;
    sqe->user_data = data;
    ((volatile unsigned *)(rings + p.sq_off.array))[index] = index;
    WORD(p.sq_off.tail) = tail + 1;
    return sqe;
}

static long enter(unsigned submit, unsigned least)
{
    return syscall(SYS_io_uring_enter, ring, submit, least, least > 0 ? IORING_ENTER_GETEVENTS : 0, NULL, 8);
}

static void done(void)
{
    int results[64], seen[64] = { 0 };
    while (WORD(p.cq_off.head) != WORD(p.cq_off.tail)) {
        struct io_uring_cqe *cqe = (struct io_uring_cqe *)(rings + p.cq_off.cqes) + (WORD(p.cq_off.head) & WORD(p.cq_off.ring_mask));
        results[cqe->user_data] = cqe->res;
        seen[cqe->user_data] = 1;
        WORD(p.cq_off.head)++;
    }
    /* In the order of the requests: Linux promises none. */
    for (int i = 0; i < 64; i++)
        if (seen[i])
            printf("  %d: %d\n", i, results[i]);
    fflush(stdout);
}

int main(void)
{
    char text[16] = "";
    section("setup");
    CALL(syscall(SYS_io_uring_setup, 4, NULL));
    CALL(setup(0, 0, 0));
    CALL(setup(40000, 0, 0));
    CALL(setup(4, IORING_SETUP_CQSIZE, 0));
    CALL(setup(4, IORING_SETUP_CQSIZE, 2));
    CALL(setup(4, 1u << 31, 0));
    ring = setup(3, 0, 0);
    printf("%u %u\n", p.sq_entries, p.cq_entries);
    CALL(fcntl(ring, F_GETFD));
    size_t size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
    rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    sqes = mmap(NULL, p.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    CALL(mmap(NULL, 4096, PROT_READ, MAP_SHARED, ring, 4096) == MAP_FAILED ? -1 : 0);
    printf("%u %u %u %u\n", WORD(p.sq_off.ring_mask), WORD(p.sq_off.ring_entries), WORD(p.cq_off.ring_mask), WORD(p.cq_off.ring_entries));
    CALL(syscall(SYS_io_uring_enter, 0, 0, 0, 0, NULL, 8));
    CALL(syscall(SYS_io_uring_enter, 99, 0, 0, 0, NULL, 8));
    CALL(syscall(SYS_io_uring_enter, ring, 0, 0, 1 << 30, NULL, 8));
    CALL(enter(2, 0));
    section("at once");
    int file = open("f", O_CREAT | O_RDWR | O_TRUNC, 0600);
    ask(IORING_OP_NOP, -1, NULL, 0, 0, 1);
    ask(IORING_OP_WRITE, file, "hello", 5, 0, 2);
    CALL(enter(2, 2));
    done();
    struct iovec vector = { text, 3 };
    ask(IORING_OP_READV, file, &vector, 1, 2, 3);
    ask(IORING_OP_FSYNC, file, NULL, 0, 0, 4);
    ask(IORING_OP_READ, 99, text, 3, 0, 5);
    ask(200, file, text, 3, 0, 6);
    CALL(enter(4, 4));
    done();
    printf("%s\n", text);
    ask(IORING_OP_READ, file, NOWHERE, 3, 0, 7);
    CALL(enter(1, 1));
    done();
    lseek(file, 4, SEEK_SET);
    ask(IORING_OP_READ, file, text, 3, -1, 8);
    CALL(enter(1, 1));
    done();
    section("that wait");
    int ends[2];
    pipe(ends);
    ask(IORING_OP_READ, ends[0], text, 3, 0, 9);
    CALL(enter(1, 0));
    done();
    struct pollfd wait = { ring, POLLIN, 0 };
    CALL(poll(&wait, 1, 0));
    write(ends[1], "abc", 3);
    CALL(poll(&wait, 1, -1));
    CALL(enter(0, 1));
    done();
    printf("%.3s\n", text);
    struct io_uring_sqe *sqe = ask(IORING_OP_POLL_ADD, ends[0], NULL, 0, 0, 10);
    sqe->poll32_events = POLLIN;
    ask(IORING_OP_WRITE, ends[1], "d", 1, 0, 11);
    CALL(enter(2, 2));
    done();
    read(ends[0], text, 1);
    ask(IORING_OP_READ, ends[0], text, 3, 0, 12);
    CALL(enter(1, 0));
    ask(IORING_OP_ASYNC_CANCEL, -1, (void *)12, 0, 0, 13);
    CALL(enter(1, 2));
    done();
    ask(IORING_OP_ASYNC_CANCEL, -1, (void *)12, 0, 0, 14);
    CALL(enter(1, 1));
    done();
    struct { int64_t s, ns; } time = { 0, 1000000 };
    ask(IORING_OP_TIMEOUT, -1, &time, 1, 0, 15);
    CALL(enter(1, 1));
    done();
    section("together");
    ask(IORING_OP_WRITE, file, "x", 1, 0, 16)->flags = IOSQE_IO_LINK;
    ask(IORING_OP_READ, file, text, 1, 0, 17);
    CALL(enter(2, 2));
    done();
    ask(IORING_OP_READ, 99, text, 1, 0, 18)->flags = IOSQE_IO_LINK;
    ask(IORING_OP_NOP, -1, NULL, 0, 0, 19);
    CALL(enter(2, 2));
    done();
    section("buffers");
    vector = (struct iovec){ text, sizeof text };
    ask(IORING_OP_READ_FIXED, file, text, 1, 0, 20);
    CALL(enter(1, 1));
    done();
    CALL(syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS, NULL, 0));
    CALL(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &vector, 0));
    CALL(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &vector, 1));
    CALL(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &vector, 1));
    ask(IORING_OP_READ_FIXED, file, text + 4, 4, 1, 21);
    ask(IORING_OP_READ_FIXED, file, text + 14, 4, 1, 22);
    CALL(enter(2, 2));
    done();
    CALL(syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS, NULL, 0));
    CALL(syscall(SYS_io_uring_register, ring, 10000, NULL, 0));
    CALL(syscall(SYS_io_uring_register, 0, IORING_UNREGISTER_BUFFERS, NULL, 0));
    ask(IORING_OP_CLOSE, file, NULL, 0, 0, 23);
    CALL(enter(1, 1));
    done();
    CALL(close(file));
    unlink("f");
    return 0;
}
