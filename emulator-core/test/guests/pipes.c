/* Pipes and FIFOs: ends, capacity, what is left, broken ones. */
#include "guest.h"
#include <sys/ioctl.h>

static volatile sig_atomic_t broken_pipes;
static void on_sigpipe(int number) { (void)number; broken_pipes++; }

static void simple(void)
{
    section("simple");
    int ends[2], available = -1;
    char text[32] = "";
    CALL(pipe(ends));
    CALL(write(ends[1], "hello", 5));
    CALL(write(ends[1], " there", 6));
    CALL(ioctl(ends[0], FIONREAD, &available));
    printf("%d available\n", available);
    CALL(read(ends[0], text, 3));
    CALL(read(ends[0], text, sizeof text));
    printf("%.8s\n", text);
    CALL(lseek(ends[0], 0, SEEK_SET));
    CALL(pread(ends[0], text, 1, 0));
    CALL(write(ends[0], "x", 1));
    CALL(read(ends[1], text, 1));
    CALL(write(ends[1], text, 0));
    CALL(close(ends[1]));
    CALL(read(ends[0], text, 1));
    close(ends[0]);
}

static void non_blocking(void)
{
    section("non-blocking");
    static char block[4096];
    int ends[2];
    long total = 0, length;
    CALL(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
    int none[2];
    CALL(pipe2(none, 12345678));
    CALL(fcntl(ends[0], F_GETFD));
    CALL(read(ends[0], block, 1));
    CALL(fcntl(ends[0], F_GETPIPE_SZ));
    while ((length = write(ends[1], block, sizeof block)) > 0)
        total += length;
    CALL(length);
    printf("it holds %ld\n", total);
    CALL(write(ends[1], "x", 1));
    CALL(read(ends[0], block, 100));
    CALL(write(ends[1], block, sizeof block));
    CALL(read(ends[0], block, 4096));
    CALL(write(ends[1], block, sizeof block));
    CALL(close(ends[0]));
    close(ends[1]);
}

static void broken(void)
{
    section("broken");
    int ends[2];
    pipe(ends);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    CALL(write(ends[1], "x", 1));
    signal(SIGPIPE, on_sigpipe);
    CALL(write(ends[1], "x", 1));
    printf("%d signals\n", (int)broken_pipes);
    close(ends[1]);
}

static void fifo(void)
{
    section("fifo");
    char text[8] = "";
    CALL(mkfifo("fifo", 0600));
    CALL(mkfifo("fifo", 0600));
    CALL(open("fifo", O_WRONLY | O_NONBLOCK));
    int reader = CALL(open("fifo", O_RDONLY | O_NONBLOCK));
    CALL(read(reader, text, 1));
    int writer = CALL(open("fifo", O_WRONLY));
    CALL(read(reader, text, 1));
    CALL(write(writer, "named", 5));
    CALL(read(reader, text, sizeof text));
    printf("%s\n", text);
    CALL(close(writer));
    CALL(read(reader, text, 1));
    CALL(close(reader));
    CALL(unlink("fifo"));
}

int main(void)
{
    simple();
    non_blocking();
    broken();
    fifo();
    return 0;
}
