/*
 * epoll-echo: an event loop to watch in the "Epoll / kqueue" view.
 *
 * One thread plays both sides of three conversations. Each conversation is a socket pair; its server side is
 * registered in a different way, because that is what epoll is about:
 *
 *   level     reported again and again for as long as something is left to read
 *   edge      reported once for each arrival: the server has to read until there is nothing left
 *   one-shot  reported once, then disarmed until EPOLL_CTL_MOD arms it again
 *
 * A timer that ticks every 160 ms makes the clients speak in turn, so that the whole run takes two seconds.
 * At the end each client hangs up. Look at the events of a hang-up under both personalities: they are not the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { CONVERSATIONS = 3, TICKS = 12, TICK_MS = 160 };

/* Who an event is about: stored in the event's data, handed back by epoll_wait. */
enum role { TIMER, SERVER, CLIENT };

struct conversation {
    const char *name;
    uint32_t how; /* what is added to EPOLLIN on the server's side */
    int server;
    int client;
    int open;
};

static struct conversation conversations[CONVERSATIONS] = {
    { .name = "level", .how = 0 },
    { .name = "edge", .how = EPOLLET },
    { .name = "one-shot", .how = EPOLLONESHOT },
};

static int epoll_fd;
static int ticks;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t label(enum role role, int index) { return (uint64_t)role << 32 | (uint32_t)index; }

static void watch(int operation, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };
    if (epoll_ctl(epoll_fd, operation, fd, &event) == -1)
        die("epoll_ctl");
}

static uint32_t server_events(const struct conversation *c) { return EPOLLIN | EPOLLRDHUP | c->how; }

static void open_conversation(int index)
{
    struct conversation *c = &conversations[index];
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == -1)
        die("socketpair");
    c->server = pair[0];
    c->client = pair[1];
    c->open = 1;
    watch(EPOLL_CTL_ADD, c->server, server_events(c), label(SERVER, index));
    watch(EPOLL_CTL_ADD, c->client, EPOLLIN, label(CLIENT, index));
}

static int start_timer(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct itimerspec every = { .it_interval.tv_nsec = TICK_MS * 1000000, .it_value.tv_nsec = TICK_MS * 1000000 };
    if (fd == -1 || timerfd_settime(fd, 0, &every, NULL) == -1)
        die("timerfd");
    watch(EPOLL_CTL_ADD, fd, EPOLLIN, label(TIMER, 0));
    return fd;
}

static void client_speaks(int index)
{
    char message[32];
    int length = snprintf(message, sizeof message, "message %d", ticks);
    printf("tick %2d: the %s client says \"%s\"\n", ticks, conversations[index].name, message);
    if (write(conversations[index].client, message, length) != length)
        die("write");
}

static void client_hangs_up(int index)
{
    printf("tick %2d: the %s client hangs up\n", ticks, conversations[index].name);
    close(conversations[index].client); /* epoll forgets a descriptor when it is closed */
}

/* The last three ticks are for hanging up, the others for speaking. */
static void on_timer(int timer)
{
    uint64_t expirations;
    while (read(timer, &expirations, sizeof expirations) == sizeof expirations) {
        for (; expirations > 0 && ticks < TICKS; expirations--) {
            ticks++;
            if (ticks <= TICKS - CONVERSATIONS)
                client_speaks(ticks % CONVERSATIONS);
            else
                client_hangs_up(ticks % CONVERSATIONS);
        }
    }
}

static const char *names_of(uint32_t events)
{
    static char text[64];
    snprintf(text, sizeof text, "%s%s%s%s", events & EPOLLIN ? " EPOLLIN" : "", events & EPOLLRDHUP ? " EPOLLRDHUP" : "",
             events & EPOLLHUP ? " EPOLLHUP" : "", events & EPOLLERR ? " EPOLLERR" : "");
    return text;
}

static void close_server(int index, uint32_t events)
{
    struct conversation *c = &conversations[index];
    printf("         the %s server saw%s and closes\n", c->name, names_of(events));
    if (epoll_ctl(epoll_fd, EPOLL_CTL_DEL, c->server, NULL) == -1)
        die("epoll_ctl DEL");
    close(c->server);
    c->open = 0;
}

/* Reads no more than 4 bytes at a time: a level-triggered descriptor comes back for the rest by itself. */
static void on_server(int index, uint32_t events)
{
    struct conversation *c = &conversations[index];
    char piece[4];
    ssize_t length;
    int pieces = 0;
    do {
        length = read(c->server, piece, sizeof piece);
        if (length > 0) {
            pieces++;
            if (write(c->server, piece, length) != length)
                die("echo");
        }
    } while (length > 0 && (c->how & EPOLLET));
    if (length == 0) {
        close_server(index, events);
        return;
    }
    printf("         the %s server echoed %d piece%s\n", c->name, pieces, pieces == 1 ? "" : "s");
    if (c->how & EPOLLONESHOT)
        watch(EPOLL_CTL_MOD, c->server, server_events(c), label(SERVER, index));
}

static void on_client(int index)
{
    char echo[32];
    ssize_t length = read(conversations[index].client, echo, sizeof echo);
    if (length > 0)
        printf("         the %s client heard \"%.*s\"\n", conversations[index].name, (int)length, echo);
}

static int anything_open(void)
{
    for (int i = 0; i < CONVERSATIONS; i++)
        if (conversations[i].open)
            return 1;
    return 0;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd == -1)
        die("epoll_create1");
    for (int i = 0; i < CONVERSATIONS; i++)
        open_conversation(i);
    int timer = start_timer();

    while (anything_open()) {
        struct epoll_event event; /* one at a time, so that the order of the lines is always the same */
        int count = epoll_wait(epoll_fd, &event, 1, -1);
        if (count == -1 && errno != EINTR)
            die("epoll_wait");
        if (count != 1)
            continue;
        int index = (int)(uint32_t)event.data.u64;
        switch ((enum role)(event.data.u64 >> 32)) {
        case TIMER: on_timer(timer); break;
        case SERVER: on_server(index, event.events); break;
        case CLIENT: on_client(index); break;
        }
    }
    close(timer);
    close(epoll_fd);
    puts("all conversations are over");
    return 0;
}
