/* Bytes moved inside the kernel: sendfile, splice, tee, vmsplice; and pipes' sizes. */
#include "guest.h"
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

static int file(const char *path, const char *content)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(fd, content, strlen(content));
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void drain(const char *what, int fd)
{
    char text[256] = "";
    long n = read(fd, text, sizeof text - 1);
    printf("%s: %ld '%s'\n", what, n, n > 0 ? text : "");
    fflush(stdout);
}

static void sending(void)
{
    section("sendfile");
    int in = file("in", "the quick brown fox"), out = file("out", ""), ends[2];
    off_t at = 4;
    CALL(sendfile(out, in, &at, 5));
    printf("%ld %ld\n", (long)at, (long)lseek(in, 0, SEEK_CUR));
    CALL(sendfile(out, in, NULL, 3));
    printf("%ld\n", (long)lseek(in, 0, SEEK_CUR));
    lseek(out, 0, SEEK_SET);
    drain("out", out);
    CALL(pipe(ends));
    CALL(sendfile(ends[1], in, NULL, 1000));
    drain("pipe", ends[0]);
    CALL(sendfile(ends[1], in, NULL, 1000));
    CALL(sendfile(out, ends[0], NULL, 1));
    CALL(sendfile(in, out, NULL, 0));
    CALL(sendfile(99, in, NULL, 1));
    CALL(sendfile(out, 99, NULL, 1));
    at = -1;
    CALL(sendfile(out, in, &at, 1));
    CALL(sendfile(out, in, NOWHERE, 1));
    int a = open("out", O_WRONLY | O_APPEND), r = open("out", O_RDONLY), w = open("in", O_WRONLY);
    CALL(sendfile(a, in, NULL, 1));
    CALL(sendfile(r, in, NULL, 1));
    CALL(sendfile(out, w, NULL, 1));
    int dir = open(".", O_RDONLY);
    CALL(sendfile(out, dir, NULL, 1));
    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    at = 0;
    CALL(sendfile(pair[0], in, &at, 9));
    drain("socket", pair[1]);
    CALL(sendfile(out, pair[1], NULL, 1));
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY);
    at = 0;
    CALL(sendfile(null, in, &at, 9));
    CALL(sendfile(out, zero, NULL, 5));
    close(in), close(out), close(a), close(r), close(w), close(dir), close(null), close(zero), close(ends[0]), close(ends[1]), close(pair[0]), close(pair[1]);
}

static void splicing(void)
{
    section("splice");
    int in = file("in", "0123456789abcdef"), out = file("out", ""), p[2], q[2];
    pipe(p), pipe(q);
    loff_t at = 2;
    CALL(splice(in, &at, p[1], NULL, 5, 0));
    printf("%ld\n", (long)at);
    drain("p", p[0]);
    CALL(splice(in, NULL, p[1], NULL, 3, SPLICE_F_MOVE | SPLICE_F_MORE));
    CALL(splice(p[0], NULL, q[1], NULL, 2, 0));
    drain("q", q[0]);
    at = 10;
    CALL(splice(p[0], NULL, out, &at, 100, 0));
    struct stat s;
    fstat(out, &s);
    printf("%ld %ld\n", (long)at, (long)s.st_size);
    CALL(splice(p[0], NULL, q[1], NULL, 1, SPLICE_F_NONBLOCK));
    CALL(splice(in, NULL, out, NULL, 1, 0));
    CALL(splice(in, NULL, p[1], &at, 1, 0));
    CALL(splice(p[0], &at, out, NULL, 1, 0));
    CALL(splice(p[0], NULL, p[1], NULL, 1, 0));
    CALL(splice(p[1], NULL, out, NULL, 1, 0));
    CALL(splice(in, NULL, p[0], NULL, 1, 0));
    CALL(splice(99, NULL, p[1], NULL, 1, 0));
    CALL(splice(in, NULL, 99, NULL, 1, 0));
    CALL(splice(in, NULL, p[1], NULL, 0, 0));
    CALL(splice(in, NULL, p[1], NULL, 1, 0x100));
    at = 1000;
    CALL(splice(in, &at, p[1], NULL, 1, 0));
    CALL(splice(in, NOWHERE, p[1], NULL, 1, 0));
    at = -1;
    CALL(splice(in, &at, p[1], NULL, 1, 0));
    int a = open("out", O_WRONLY | O_APPEND);
    write(p[1], "x", 1);
    CALL(splice(p[0], NULL, a, NULL, 1, 0));
    close(a);
    drain("p", p[0]);
    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    write(pair[0], "socket", 6);
    CALL(splice(pair[1], NULL, p[1], NULL, 100, 0));
    drain("p", p[0]);
    write(p[1], "back", 4);
    CALL(splice(p[0], NULL, pair[1], NULL, 100, 0));
    drain("socket", pair[0]);
    close(p[1]);
    CALL(splice(p[0], NULL, q[1], NULL, 10, 0));
    close(q[0]);
    signal(SIGPIPE, SIG_IGN);
    CALL(splice(in, NULL, q[1], NULL, 1, 0));
    close(in), close(out), close(p[0]), close(q[1]), close(pair[0]), close(pair[1]);
}

static void doubling(void)
{
    section("tee");
    int p[2], q[2];
    pipe(p), pipe(q);
    write(p[1], "twice", 5);
    CALL(tee(p[0], q[1], 3, 0));
    drain("q", q[0]);
    CALL(tee(p[0], q[1], 100, 0));
    drain("q", q[0]);
    drain("p", p[0]);
    CALL(tee(p[0], q[1], 100, SPLICE_F_NONBLOCK));
    CALL(tee(p[0], p[1], 100, 0));
    CALL(tee(p[0], q[1], 0, 0));
    CALL(tee(p[1], q[1], 1, 0));
    CALL(tee(0, q[1], 1, SPLICE_F_NONBLOCK) == -1 && errno == EBADF);
    int fd = file("in", "x");
    CALL(tee(fd, q[1], 1, 0));
    CALL(tee(99, q[1], 1, 0));
    CALL(tee(p[0], q[1], 1, 0x80));
    close(p[1]);
    CALL(tee(p[0], q[1], 1, 0));
    close(fd), close(p[0]), close(q[0]), close(q[1]);

    section("vmsplice");
    pipe(p);
    struct iovec v[2] = { { "one ", 4 }, { "two", 3 } };
    CALL(vmsplice(p[1], v, 2, 0));
    drain("p", p[0]);
    CALL(vmsplice(p[1], v, 0, 0));
    write(p[1], "into memory", 11);
    char a[5] = "", b[20] = "";
    struct iovec into[2] = { { a, 4 }, { b, sizeof b } };
    CALL(vmsplice(p[0], into, 2, 0));
    printf("'%s' '%s'\n", a, b);
    CALL(vmsplice(p[0], into, 2, SPLICE_F_NONBLOCK));
    CALL(vmsplice(99, v, 2, 0));
    fd = file("in", "x");
    CALL(vmsplice(fd, v, 2, 0));
    close(fd);
    struct iovec bad = { NOWHERE, 5 };
    CALL(vmsplice(p[1], &bad, 1, 0));
    CALL(vmsplice(p[1], NOWHERE, 1, 0));
    close(p[0]), close(p[1]);
}

static void sizes(void)
{
    section("a pipe's size");
    int p[2];
    pipe(p);
    CALL(fcntl(p[0], F_GETPIPE_SZ));
    CALL(fcntl(p[1], F_SETPIPE_SZ, 4096));
    CALL(fcntl(p[1], F_SETPIPE_SZ, 5000));
    CALL(fcntl(p[1], F_SETPIPE_SZ, 0));
    CALL(fcntl(p[1], F_SETPIPE_SZ, -1));
    CALL(fcntl(p[1], F_SETPIPE_SZ, 1 << 20));
    char block[8192] = "";
    write(p[1], block, 8192);
    CALL(fcntl(p[1], F_SETPIPE_SZ, 4096));
    CALL(fcntl(0, F_GETPIPE_SZ) == -1 && errno == EBADF);
    int fd = file("in", "x");
    CALL(fcntl(fd, F_GETPIPE_SZ));
    CALL(fcntl(fd, F_SETPIPE_SZ, 4096));
    close(fd), close(p[0]), close(p[1]);
    pipe(p);
    fcntl(p[1], F_SETPIPE_SZ, 4096);
    fcntl(p[1], F_SETFL, O_NONBLOCK);
    CALL(write(p[1], block, 8192));
    CALL(write(p[1], block, 1));
    close(p[0]), close(p[1]);
    pipe2(p, O_DIRECT);
    write(p[1], "one", 3), write(p[1], "two", 3);
    drain("packet", p[0]);
    char two[2];
    CALL(read(p[0], two, 2));
    CALL(fcntl(p[0], F_SETFL, O_NONBLOCK));
    CALL(read(p[0], two, 2));
    close(p[0]), close(p[1]);
}

int main(void)
{
    sending();
    splicing();
    doubling();
    sizes();
    return 0;
}
