/* Pseudo-terminals from both sides: the lock, packet mode, flow control, output processing. */
#include "guest.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#ifndef TIOCGPKT
#define TIOCGPKT 0x80045438
#define TIOCGPTLCK 0x80045439
#endif
#ifndef TIOCGEXCL
#define TIOCGEXCL 0x80045440
#endif
#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

static int master, terminal;

static int get(int fd, unsigned long request)
{
    int value = -7;
    if (ioctl(fd, request, &value) == -1)
        return -errno;
    return value;
}

static void set(int fd, unsigned long request, int value)
{
    if (ioctl(fd, request, &value) == -1)
        printf("set %lx: %s\n", request, errno_name(errno));
}

/* What the program behind the terminal reads once so many bytes have arrived: Linux hands over what is written behind the writer's back. */
static void seen(const char *when, int count)
{
    char bytes[256];
    while (get(master, FIONREAD) < count)
        nap(1);
    ssize_t n = read(master, bytes, sizeof bytes);
    printf("%s:", when);
    if (n == -1)
        printf(" %s", errno_name(errno));
    for (ssize_t i = 0; i < n; i++)
        printf(bytes[i] >= ' ' && bytes[i] < 127 ? " %c" : " %02x", (unsigned char)bytes[i]);
    printf("\n");
}

static void ready(const char *when, int fd)
{
    struct pollfd p = { fd, POLLIN | POLLPRI | POLLOUT, 0 };
    poll(&p, 1, 0);
    printf("%s:%s%s%s%s\n", when, p.revents & POLLIN ? " IN" : "", p.revents & POLLPRI ? " PRI" : "", p.revents & POLLOUT ? " OUT" : "",
           p.revents & POLLHUP ? " HUP" : "");
}

/* Linux hands what is typed to the terminal behind the writer's back: waits until it has arrived. */
static void type(const char *keys, size_t length, int fd, short events, int wanted)
{
    struct pollfd p = { fd, events, 0 };
    write(master, keys, length);
    while (poll(&p, 1, 0), ((p.revents & events) != 0) != wanted)
        nap(1);
}

static void settings(tcflag_t input, tcflag_t output, tcflag_t local)
{
    struct termios t;
    tcgetattr(terminal, &t);
    t.c_iflag = input;
    t.c_oflag = output;
    t.c_lflag = local;
    tcsetattr(terminal, TCSANOW, &t);
}

static void locked(void)
{
    char name[32];
    section("the lock");
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
    snprintf(name, sizeof name, "/dev/pts/%d", get(master, TIOCGPTN));
    printf("locked %d\n", get(master, TIOCGPTLCK));
    CALL(open(name, O_RDWR | O_NOCTTY));
    set(master, TIOCSPTLCK, 0);
    printf("locked %d\n", get(master, TIOCGPTLCK));
    terminal = open(name, O_RDWR | O_NOCTTY);
    int peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (peer == -1)
        printf("peer %s\n", errno_name(errno));
    else {
        struct stat one, other;
        fstat(terminal, &one);
        fstat(peer, &other);
        printf("peer %s, FD_CLOEXEC %d\n", one.st_rdev == other.st_rdev ? "the same" : "another", fcntl(peer, F_GETFD));
        close(peer);
    }
    CALL(ioctl(terminal, TIOCGPTPEER, O_RDWR));
    printf("of the terminal: number %d, lock %d\n", get(terminal, TIOCGPTN), get(terminal, TIOCGPTLCK));
    printf("line discipline %d\n", get(terminal, TIOCGETD));
}

static void packets(void)
{
    section("packet mode");
    printf("packets %d\n", get(master, TIOCGPKT));
    seen("nothing yet", 0);
    set(master, TIOCPKT, 1);
    printf("packets %d, of the terminal %d\n", get(master, TIOCGPKT), get(terminal, TIOCGPKT));
    ready("idle", master);
    write(terminal, "out\n", 4);
    while (get(master, FIONREAD) < 5)
        nap(1);
    ready("written", master);
    printf("waiting %d\n", get(master, FIONREAD));
    seen("data", 5);
    CALL(tcflush(terminal, TCIFLUSH));
    ready("flushed input", master);
    seen("status", 0);
    CALL(tcflush(terminal, TCOFLUSH));
    seen("flushed output", 0);
    CALL(tcflow(terminal, TCOOFF));
    seen("stopped", 0);
    CALL(tcflow(terminal, TCOON));
    seen("started", 0);
    tcflow(terminal, TCOOFF);
    tcflow(terminal, TCOON);
    write(terminal, "x", 1);
    seen("both, then data", 1);
    seen("the data", 1);
    struct termios t;
    tcgetattr(terminal, &t);
    t.c_iflag &= ~IXON;
    tcsetattr(terminal, TCSANOW, &t);
    seen("without IXON", 0);
    t.c_iflag |= IXON;
    tcsetattr(terminal, TCSANOW, &t);
    seen("with IXON", 0);
    tcsetattr(terminal, TCSANOW, &t);
    seen("no change", 0);
    write(terminal, "long line", 9);
    while (get(master, FIONREAD) < 9)
        nap(1);
    char few[4];
    printf("in pieces: %zd", read(master, few, sizeof few));
    printf(" %d%c%c%c\n", few[0], few[1], few[2], few[3]);
    seen("the rest", 6);
    type("\003", 1, master, POLLPRI, 1);
    seen("an interrupt", 0);
    seen("its echo", 2);
    set(master, TIOCPKT, 0);
    write(terminal, "plain", 5);
    seen("off again", 5);
}

static void flow(void)
{
    section("flow control");
    settings(ICRNL | IXON, 0, ICANON | ISIG);
    type("\023", 1, terminal, POLLOUT, 0);
    ready("after ^S, the terminal", terminal);
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    CALL(write(terminal, "held", 4));
    seen("while stopped", 0);
    type("\021", 1, terminal, POLLOUT, 1);
    ready("after ^Q, the terminal", terminal);
    CALL(write(terminal, "gone", 4));
    seen("while started", 4);
    type("\023x\n", 3, terminal, POLLIN, 1);
    tcflush(terminal, TCIFLUSH);
    CALL(write(terminal, "held", 4));
    settings(ICRNL | IXON | IXANY, 0, ICANON | ISIG);
    type("y\n", 2, terminal, POLLIN, 1);
    tcflush(terminal, TCIFLUSH);
    CALL(write(terminal, "any", 3));
    seen("after any key", 3);
    tcflow(terminal, TCOOFF);
    type("\021z\n", 3, terminal, POLLIN, 1);
    tcflush(terminal, TCIFLUSH);
    CALL(write(terminal, "held", 4));
    tcflow(terminal, TCOON);
    CALL(write(terminal, "now", 3));
    seen("by the program's own stop", 3);
    tcflow(terminal, TCIOFF);
    seen("stop the other side", 1);
    tcflow(terminal, TCION);
    seen("start the other side", 1);
    CALL(ioctl(terminal, TCXONC, 4));
    type("\023", 1, terminal, POLLOUT, 0);
    settings(ICRNL, 0, ICANON | ISIG);
    CALL(write(terminal, "off", 3));
    seen("IXON taken away", 3);
    CALL(tcflush(terminal, TCIOFLUSH));
    CALL(ioctl(terminal, TCFLSH, 3));
    printf("to be written %d\n", get(terminal, TIOCOUTQ));
}

static void output(tcflag_t flags, const char *name, int count)
{
    settings(0, flags, 0);
    write(terminal, "a\tb\nc\rd\n\re", 10);
    seen(name, count);
}

static void outputs(void)
{
    section("output");
    output(0, "raw", 10);
    output(ONLCR, "ONLCR without OPOST", 10);
    output(OPOST, "OPOST", 10);
    output(OPOST | ONLCR, "ONLCR", 12);
    output(OPOST | OCRNL, "OCRNL", 10);
    output(OPOST | ONOCR, "ONOCR", 10);
    output(OPOST | ONLRET, "ONLRET", 10);
    output(OPOST | OLCUC, "OLCUC", 10);
    output(OPOST | XTABS, "XTABS", 15);
    output(OPOST | ONLCR | XTABS, "ONLCR, XTABS", 17);
    settings(ICRNL, OPOST | ONLCR, ECHO | ICANON);
    type("k\r", 2, terminal, POLLIN, 1);
    seen("echo", 3);
}

static void exclusive(void)
{
    char name[32];
    section("exclusive");
    snprintf(name, sizeof name, "/dev/pts/%d", get(master, TIOCGPTN));
    printf("exclusive %d\n", get(terminal, TIOCGEXCL));
    CALL(ioctl(terminal, TIOCEXCL));
    printf("exclusive %d\n", get(terminal, TIOCGEXCL));
    CALL(ioctl(terminal, TIOCNXCL));
    printf("exclusive %d\n", get(terminal, TIOCGEXCL));
    WORKS(open(name, O_RDWR | O_NOCTTY));
}

int main(void)
{
    signal(SIGINT, SIG_IGN);
    locked();
    packets();
    flow();
    outputs();
    exclusive();
    return 0;
}
