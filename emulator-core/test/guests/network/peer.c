// Two programs that speak to each other over TCP or UDP: `peer listen SCENARIO 4|6` says its port first, `peer connect SCENARIO 4|6 PORT`.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int is6;
static union {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
} place;
static socklen_t place_length;

#define MUST(call)                                                \
  ({                                                              \
    long r_ = (call);                                             \
    if (r_ < 0) {                                                 \
      printf("%s: %s\n", #call, strerror(errno));                 \
      exit(1);                                                    \
    }                                                             \
    r_;                                                           \
  })

static const char *result(long r) {
  static char text[64];
  if (r >= 0) snprintf(text, sizeof text, "%ld", r);
  else snprintf(text, sizeof text, "%s", strerror(errno));
  return text;
}

static void set_place(int port) {
  memset(&place, 0, sizeof place);
  if (is6) {
    place.in6.sin6_family = AF_INET6;
    place.in6.sin6_port = htons(port);
    place.in6.sin6_addr = in6addr_loopback;
    place_length = sizeof place.in6;
  } else {
    place.in.sin_family = AF_INET;
    place.in.sin_port = htons(port);
    place.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    place_length = sizeof place.in;
  }
}

static int new_socket(int type) { return MUST(socket(is6 ? AF_INET6 : AF_INET, type, 0)); }

/** Says where it is once it can be reached there. */
static int bound(int type) {
  int s = new_socket(type);
  set_place(0);
  MUST(bind(s, &place.any, place_length));
  if (type == SOCK_STREAM) MUST(listen(s, 128));
  MUST(getsockname(s, &place.any, &place_length));
  printf("at %d\n", ntohs(is6 ? place.in6.sin6_port : place.in.sin_port));
  fflush(stdout);
  return s;
}

static int listening(void) { return bound(SOCK_STREAM); }

static int connected(void) {
  int s = new_socket(SOCK_STREAM);
  MUST(connect(s, &place.any, place_length));
  return s;
}

static int so_error(int s) {
  int e = 0;
  socklen_t n = sizeof e;
  MUST(getsockopt(s, SOL_SOCKET, SO_ERROR, &e, &n));
  return e;
}

static int ready(int s, int timeout) {
  struct pollfd p = {s, POLLIN | POLLOUT | POLLRDHUP, 0};
  MUST(poll(&p, 1, timeout));
  return p.revents;
}

/** Waits until all of these are so. */
static int until(int s, int events) {
  struct pollfd p = {s, events, 0};
  while ((p.revents & events) != events) MUST(poll(&p, 1, -1));
  return ready(s, 0);
}

static void write_all(int s, const void *from, size_t length) {
  for (size_t done = 0; done < length;) done += MUST(write(s, (const char *)from + done, length - done));
}

static void read_exactly(int s, void *into, size_t length) {
  for (size_t done = 0; done < length;) {
    long n = MUST(read(s, (char *)into + done, length - done));
    if (n == 0) {
      printf("ended after %zu of %zu\n", done, length);
      exit(1);
    }
    done += n;
  }
}

static uint32_t state;
static uint8_t next_byte(void) {
  state = state * 1664525 + 1013904223;
  return state >> 24;
}

static uint64_t sum_of(uint64_t sum, const uint8_t *bytes, size_t n) {
  while (n-- > 0) sum = (sum ^ *bytes++) * 0x100000001b3;
  return sum;
}

#define BIG (8 << 20)
static uint8_t buffer[1 << 17];

static void send_big(int s) {
  uint64_t sum = 0xcbf29ce484222325;
  for (size_t done = 0; done < BIG; done += sizeof buffer) {
    for (size_t i = 0; i < sizeof buffer; i++) buffer[i] = next_byte();
    sum = sum_of(sum, buffer, sizeof buffer);
    write_all(s, buffer, sizeof buffer);
  }
  printf("sent %d, sum %016llx\n", BIG, (unsigned long long)sum);
}

static void receive_to_end(int s) {
  uint64_t sum = 0xcbf29ce484222325, total = 0;
  for (long n; (n = MUST(read(s, buffer, sizeof buffer))) > 0; total += n) sum = sum_of(sum, buffer, n);
  printf("received %llu, sum %016llx\n", (unsigned long long)total, (unsigned long long)sum);
}

// ---- scenarios ----

static void talk_listen(void) {
  int l = listening();
  struct sockaddr_in6 from;
  socklen_t length = sizeof from;
  int s = MUST(accept(l, (struct sockaddr *)&from, &length));
  printf("from family %d, %d bytes\n", from.sin6_family == AF_INET6 ? 6 : 4, length);
  char line[100] = "";
  for (int i = 0; i < 3; i++) {
    read_exactly(s, line, 6);
    printf("heard %.6s\n", line);
    for (int a = 0, b = 4; a < b; a++, b--) {
      char c = line[a];
      line[a] = line[b];
      line[b] = c;
    }
    write_all(s, line, 6);
  }
  printf("then %s\n", result(read(s, line, 10)));
}

static void talk_connect(void) {
  int s = connected();
  struct sockaddr_in6 peer;
  socklen_t length = sizeof peer;
  MUST(getpeername(s, (struct sockaddr *)&peer, &length));
  printf("peer is the place: %d, again: %s\n", length == place_length && memcmp(&peer, &place, 8) == 0,
         result(connect(s, &place.any, place_length)));
  char line[10];
  for (int i = 0; i < 3; i++) {
    snprintf(line, sizeof line, "abcd%d", i);
    struct iovec v[2] = {{line, 2}, {line + 2, 4}};
    printf("writev %s\n", result(writev(s, v, 2)));
    read_exactly(s, line, 6);
    printf("heard %.6s\n", line);
  }
}

static void half_close_listen(void) {
  int s = MUST(accept(listening(), NULL, NULL));
  receive_to_end(s);
  printf("ready %x\n", until(s, POLLRDHUP));
  send_big(s);
}

static void half_close_connect(void) {
  int s = connected();
  write_all(s, "some bytes", 10);
  MUST(shutdown(s, SHUT_WR));
  signal(SIGPIPE, SIG_IGN);
  printf("write: %s\n", result(write(s, "x", 1)));
  receive_to_end(s);
  printf("ready %x\n", until(s, POLLHUP));
  printf("read: %s\n", result(read(s, buffer, 1)));
}

static void big_listen(void) {
  int s = MUST(accept(listening(), NULL, NULL));
  receive_to_end(s);
}
static void big_connect(void) { send_big(connected()); }

static void reset_listen(void) {
  int s = MUST(accept(listening(), NULL, NULL));
  read_exactly(s, buffer, 1);
  struct linger none = {1, 0};
  MUST(setsockopt(s, SOL_SOCKET, SO_LINGER, &none, sizeof none));
  close(s);
}

static void reset_connect(void) {
  signal(SIGPIPE, SIG_IGN);
  int s = connected();
  write_all(s, "x", 1);
  printf("ready %x\n", until(s, POLLHUP));
  printf("read: %s\n", result(read(s, buffer, 1)));
  printf("read: %s\n", result(read(s, buffer, 1)));
  printf("write: %s\n", result(write(s, "x", 1)));
  printf("error %d, ready %x\n", so_error(s), ready(s, 0));
}

/** A connection that is closed while bytes wait to be read is reset. */
static void unread_listen(void) {
  int s = MUST(accept(listening(), NULL, NULL));
  until(s, POLLIN);
  close(s);
}

static void unread_connect(void) {
  int s = connected();
  write_all(s, "unread", 6);
  until(s, POLLHUP);
  printf("error %s\n", strerror(so_error(s)));
  printf("error %d\n", so_error(s));
  printf("read: %s\n", result(read(s, buffer, 1)));
}

/** Writes until nothing more fits, then tells the other side that it may read. */
static void full_listen(void) {
  int l = listening(), s = MUST(accept(l, NULL, NULL)), control = MUST(accept(l, NULL, NULL));
  read_exactly(control, buffer, 1);
  uint64_t total = 0;
  for (long n; (n = MUST(read(s, buffer, sizeof buffer))) > 0;) total += n;
  write_all(control, &total, sizeof total);
}

static void full_connect(void) {
  int s = new_socket(SOCK_STREAM | SOCK_NONBLOCK);
  printf("connect: %s\n", result(connect(s, &place.any, place_length)));
  printf("ready %x, error %d\n", until(s, POLLOUT), so_error(s));
  int control = connected();
  printf("read: %s\n", result(read(s, buffer, 1)));
  uint64_t total = 0, told;
  long n;
  while ((n = write(s, buffer, sizeof buffer)) > 0) total += n;
  printf("write: %s, ready %x\n", result(n), ready(s, 0));
  write_all(control, "r", 1);
  printf("room %x\n", until(s, POLLOUT));
  total += MUST(write(s, "end", 3));
  MUST(shutdown(s, SHUT_WR));
  read_exactly(control, &told, sizeof told);
  printf("all arrived: %d\n", told == total);
}

/** An echo server by epoll, edge-triggered; the other side has many connections at once. */
#define MANY 60
static void many_listen(void) {
  int l = listening(), e = MUST(epoll_create1(0)), open = 0, served = 0;
  MUST(fcntl(l, F_SETFL, O_NONBLOCK));
  struct epoll_event event = {EPOLLIN | EPOLLET, {.fd = l}}, events[16];
  MUST(epoll_ctl(e, EPOLL_CTL_ADD, l, &event));
  while (served < MANY || open > 0) {
    int count = MUST(epoll_wait(e, events, 16, -1));
    for (int i = 0; i < count; i++) {
      int s = events[i].data.fd;
      if (s == l) {
        for (int a; (a = accept4(l, NULL, NULL, SOCK_NONBLOCK)) >= 0; open++, served++) {
          struct epoll_event both = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.fd = a}};
          MUST(epoll_ctl(e, EPOLL_CTL_ADD, a, &both));
        }
        continue;
      }
      long n;
      while ((n = read(s, buffer, 1000)) > 0) write_all(s, buffer, n);
      if (n == 0) {
        close(s);
        open--;
      }
    }
  }
  printf("served %d\n", served);
}

static void many_connect(void) {
  int s[MANY];
  long sum = 0;
  for (int i = 0; i < MANY; i++) s[i] = connected();
  for (int round = 0; round < 5; round++) {
    for (int i = 0; i < MANY; i++) write_all(s[i], &i, sizeof i);
    for (int i = MANY - 1; i >= 0; i--) {
      int back;
      read_exactly(s[i], &back, sizeof back);
      sum += back == i;
    }
  }
  for (int i = 0; i < MANY; i++) MUST(shutdown(s[i], SHUT_WR));
  for (int i = 0; i < MANY; i++) sum += read(s[i], buffer, 1) == 0;
  printf("right %ld\n", sum);
}

static const int SIZES[] = {0, 1, 1000, 9000, 65507};
#define COUNT (int)(sizeof SIZES / sizeof *SIZES)

static void datagrams_listen(void) {
  int s = bound(SOCK_DGRAM);
  struct sockaddr_in6 from;
  for (int i = 0; i < COUNT; i++) {
    socklen_t length = sizeof from;
    long n = MUST(recvfrom(s, buffer, i == 2 ? 10 : sizeof buffer, MSG_TRUNC, (struct sockaddr *)&from, &length));
    printf("%ld bytes from family %d\n", n, from.sin6_family == AF_INET6 ? 6 : 4);
    MUST(sendto(s, buffer, SIZES[i], 0, (struct sockaddr *)&from, length));
  }
  close(s);
  s = new_socket(SOCK_DGRAM);
  MUST(sendto(s, "closed", 6, 0, (struct sockaddr *)&from, is6 ? sizeof place.in6 : sizeof place.in));
}

static void datagrams_connect(void) {
  int s = new_socket(SOCK_DGRAM), other = new_socket(SOCK_DGRAM);
  printf("peek: %s\n", result(recv(s, buffer, 1, MSG_DONTWAIT | MSG_PEEK)));
  for (int i = 0; i < COUNT; i++) {
    printf("sendto: %s\n", result(sendto(s, buffer, SIZES[i], 0, &place.any, place_length)));
    struct pollfd p = {s, POLLIN, 0};
    MUST(poll(&p, 1, -1));
    printf("peek: %s, ", result(recv(s, buffer, 5, MSG_PEEK | MSG_TRUNC)));
    printf("read: %s\n", result(recv(s, buffer, sizeof buffer, 0)));
  }
  printf("too long: %s\n", result(sendto(s, buffer, 65508, 0, &place.any, place_length)));
  read_exactly(s, buffer, 6); // the other side's socket is closed now
  MUST(connect(other, &place.any, place_length));
  printf("send: %s\n", result(send(other, "x", 1, 0)));
  printf("ready %x\n", until(other, POLLERR));
  printf("read: %s\n", result(recv(other, buffer, 1, MSG_DONTWAIT)));
  printf("read: %s\n", result(recv(other, buffer, 1, MSG_DONTWAIT)));
  MUST(send(other, "x", 1, 0));
  until(other, POLLERR);
  printf("error %s, ready %x\n", strerror(so_error(other)), ready(other, 0));
}

/** Many datagrams to one socket, each answered; as a lighthouse's life is. */
static void crowd_listen(void) {
  int s = bound(SOCK_DGRAM), n = 0;
  for (int i = 0; i < MANY * 5; i++) {
    struct sockaddr_in6 from;
    socklen_t length = sizeof from;
    int number;
    if (MUST(recvfrom(s, &number, sizeof number, 0, (struct sockaddr *)&from, &length)) == sizeof number) n++;
    number++;
    MUST(sendto(s, &number, sizeof number, 0, (struct sockaddr *)&from, length));
  }
  printf("answered %d\n", n);
}

static void crowd_connect(void) {
  int s[MANY], right = 0;
  for (int i = 0; i < MANY; i++) s[i] = new_socket(SOCK_DGRAM);
  for (int round = 0; round < 5; round++) {
    for (int i = 0; i < MANY; i++) MUST(sendto(s[i], &i, sizeof i, 0, &place.any, place_length));
    for (int i = 0; i < MANY; i++) {
      int back = 0;
      MUST(recv(s[i], &back, sizeof back, 0));
      right += back == i + 1;
    }
  }
  printf("right %d\n", right);
}

static const struct {
  const char *name;
  void (*listen)(void), (*connect)(void);
} SCENARIOS[] = {
  {"talk", talk_listen, talk_connect},
  {"half-close", half_close_listen, half_close_connect},
  {"big", big_listen, big_connect},
  {"reset", reset_listen, reset_connect},
  {"unread", unread_listen, unread_connect},
  {"full", full_listen, full_connect},
  {"many", many_listen, many_connect},
  {"datagrams", datagrams_listen, datagrams_connect},
  {"crowd", crowd_listen, crowd_connect},
};

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  is6 = argv[3][0] == '6';
  for (size_t i = 0; i < sizeof SCENARIOS / sizeof *SCENARIOS; i++) {
    if (strcmp(SCENARIOS[i].name, argv[2]) != 0) continue;
    if (argc > 4) set_place(atoi(argv[4]));
    (strcmp(argv[1], "listen") == 0 ? SCENARIOS[i].listen : SCENARIOS[i].connect)();
    return 0;
  }
  return 2;
}
