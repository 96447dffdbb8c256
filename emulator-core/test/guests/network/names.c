// One program's view of bind, listen, connect and their errors, of options, and of what is not connected. It speaks to itself only.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in in4(const char *ip, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, ip, &a.sin_addr);
  return a;
}

static struct sockaddr_in6 in6(const char *ip, int port) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, ip, &a.sin6_addr);
  return a;
}

static void told(const char *what, long r) {
  printf("%s: ", what);
  if (r < 0) printf("%s\n", strerrorname_np(errno));
  else printf("%ld\n", r > 2 ? 3 : r); // descriptors and counts: that there is one
}

static int port_of(int s) {
  struct sockaddr_in6 a;
  socklen_t n = sizeof a;
  if (getsockname(s, (struct sockaddr *)&a, &n) < 0) return -1;
  return ntohs(a.sin6_port);
}

#define A(a) (struct sockaddr *)&a, sizeof a

static void option(int s, const char *name, int level, int number, int value) {
  int before = -1, after = -1;
  socklen_t n = sizeof before;
  int got = getsockopt(s, level, number, &before, &n);
  int set = setsockopt(s, level, number, &value, sizeof value);
  n = sizeof after;
  getsockopt(s, level, number, &after, &n);
  printf("%s %d: %d, then %d: %d\n", name, got, before, set, after);
}
#define OPTION(s, level, name, value) option(s, #name, level, name, value)

static void binding(void) {
  struct sockaddr_in any = in4("127.0.0.1", 0), far = in4("203.0.113.7", 0);
  int a = socket(AF_INET, SOCK_STREAM, 0), b = socket(AF_INET, SOCK_STREAM, 0);
  printf("unbound: %d\n", port_of(a));
  told("bind", bind(a, A(any)));
  printf("has a port: %d\n", port_of(a) > 0);
  told("again", bind(a, A(any)));
  struct sockaddr_in same = in4("127.0.0.1", port_of(a)), wild = in4("0.0.0.0", port_of(a));
  told("the same port", bind(b, A(same)));
  told("the same on all addresses", bind(b, A(wild)));
  told("no address of ours", bind(b, A(far)));
  told("too short", bind(b, (struct sockaddr *)&same, 4));
  struct sockaddr_in6 six = in6("::1", 0);
  told("another family", bind(b, A(six)));
  int on = 1;
  setsockopt(a, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(b, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  told("with SO_REUSEADDR", bind(b, A(same)));
  told("listen", listen(a, 1));
  told("the other too", listen(b, 1));
  close(a);
  told("now it can", listen(b, 1));
  close(b);
  int c = socket(AF_INET, SOCK_STREAM, 0);
  told("listen without bind", listen(c, 1));
  printf("has a port: %d\n", port_of(c) > 0);
  int u = socket(AF_INET, SOCK_DGRAM, 0), v = socket(AF_INET, SOCK_DGRAM, 0);
  told("udp bind", bind(u, A(any)));
  same.sin_port = htons(port_of(u));
  told("the same", bind(v, A(same)));
  setsockopt(v, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  told("one with SO_REUSEPORT", bind(v, A(same)));
  told("udp listen", listen(v, 1));
  told("udp accept", accept(v, NULL, NULL));
  close(c), close(u), close(v);
}

static void both_families(void) {
  struct sockaddr_in6 any = in6("::", 0);
  for (int only = 0; only < 2; only++) {
    int s = socket(AF_INET6, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0);
    told("IPV6_V6ONLY", setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only));
    told("bind", bind(s, A(any)));
    told("too late", setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only));
    told("listen", listen(s, 5));
    struct sockaddr_in four = in4("127.0.0.1", port_of(s));
    told("connect by IPv4", connect(c, A(four)));
    if (!only) {
      struct sockaddr_in6 from;
      socklen_t n = sizeof from;
      char text[64];
      told("accept", accept(s, (struct sockaddr *)&from, &n));
      printf("from %s\n", inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text));
    }
    close(s), close(c);
  }
}

static void connecting(void) {
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_in any = in4("127.0.0.1", 0);
  int s = socket(AF_INET, SOCK_STREAM, 0), gone = socket(AF_INET, SOCK_STREAM, 0);
  char byte;
  struct pollfd p = {s, POLLIN | POLLOUT, 0};
  printf("poll %d, %x\n", poll(&p, 1, 0), p.revents);
  told("read", read(s, &byte, 1));
  told("write", write(s, "x", 1));
  told("shutdown", shutdown(s, SHUT_WR));
  told("accept", accept(s, NULL, NULL));
  struct sockaddr_in peer;
  socklen_t n = sizeof peer;
  told("getpeername", getpeername(s, (struct sockaddr *)&peer, &n));
  bind(gone, A(any));
  struct sockaddr_in nobody = in4("127.0.0.1", port_of(gone));
  told("connect to nobody", connect(s, A(nobody)));
  told("and again", connect(s, A(nobody)));
  fcntl(s, F_SETFL, O_NONBLOCK);
  told("without waiting", connect(s, A(nobody)));
  printf("poll %d, %x\n", poll(&p, 1, -1), p.revents);
  int error = 0;
  n = sizeof error;
  getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &n);
  printf("error %s\n", strerrorname_np(error));
  getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &n);
  printf("error %d\n", error);
  listen(gone, 1);
  told("there now", connect(s, A(nobody)));
  p.events = POLLOUT;
  printf("poll %d, %x\n", poll(&p, 1, -1), p.revents);
  told("done", connect(s, A(nobody)));
  told("and again", connect(s, A(nobody)));
  told("read", read(s, &byte, 1));
  fcntl(gone, F_SETFL, O_NONBLOCK);
  told("accept", accept(gone, NULL, NULL));
  told("no more", accept(gone, NULL, NULL));
  told("send to somebody else", sendto(s, "x", 1, 0, A(any)));
  struct sockaddr_in6 six = in6("::1", 1);
  int t = socket(AF_INET, SOCK_STREAM, 0);
  told("another family", connect(t, A(six)));
  told("a port that cannot be", connect(t, A(any)));
  struct timeval soon = {0, 10000};
  setsockopt(gone, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
  fcntl(gone, F_SETFL, 0);
  told("accept, but not for long", accept(gone, NULL, NULL));
  close(s), close(gone), close(t);
}

static void datagrams(void) {
  struct sockaddr_in any = in4("127.0.0.1", 0);
  int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM, 0);
  char bytes[100];
  bind(a, A(any)), bind(b, A(any));
  struct sockaddr_in to_a = in4("127.0.0.1", port_of(a)), to_b = in4("127.0.0.1", port_of(b));
  told("send to nobody", send(a, "x", 1, 0));
  told("shutdown", shutdown(b, SHUT_WR));
  told("connect", connect(a, A(to_b)));
  told("send", send(a, "xyz", 3, 0));
  struct iovec v[2] = {{bytes, 1}, {bytes + 10, 1}};
  struct sockaddr_in from;
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = v, .msg_iovlen = 2};
  told("recvmsg", recvmsg(b, &m, 0));
  printf("%c%c, cut off: %d, from him: %d\n", bytes[0], bytes[10], (m.msg_flags & MSG_TRUNC) != 0,
         from.sin_port == to_a.sin_port);
  told("from a stranger", sendto(b, "x", 1, 0, A(to_b)));
  told("read", recv(b, bytes, 1, MSG_DONTWAIT));
  told("connected to another, he hears nothing of it", recv(a, bytes, 1, MSG_DONTWAIT));
  struct sockaddr none = {.sa_family = AF_UNSPEC};
  told("dissolve", connect(a, &none, sizeof none));
  told("send to nobody", send(a, "x", 1, 0));
  struct ip_mreqn group = {.imr_ifindex = if_nametoindex("lo")};
  inet_pton(AF_INET, "239.1.2.3", &group.imr_multiaddr);
  told("join", setsockopt(a, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
  told("again", setsockopt(a, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
  told("leave", setsockopt(a, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
  told("again", setsockopt(a, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
  int on = 1;
  told("IP_PKTINFO", setsockopt(b, IPPROTO_IP, IP_PKTINFO, &on, sizeof on));
  told("IP_RECVTTL", setsockopt(b, IPPROTO_IP, IP_RECVTTL, &on, sizeof on));
  told("send", sendto(a, "x", 1, 0, A(to_b)));
  char control[200];
  m.msg_control = control, m.msg_controllen = sizeof control;
  told("recvmsg", recvmsg(b, &m, 0));
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(c);
      printf("to %s at the interface %d\n", inet_ntop(AF_INET, &info->ipi_addr, bytes, sizeof bytes),
             info->ipi_ifindex == (int)if_nametoindex("lo"));
    } else printf("level %d type %d value %d\n", c->cmsg_level, c->cmsg_type, *(int *)CMSG_DATA(c));
  }
  close(a), close(b);
}

static void options(void) {
  int s = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_DGRAM, 0), v = socket(AF_INET6, SOCK_DGRAM, 0);
  OPTION(s, SOL_SOCKET, SO_REUSEADDR, 1);
  OPTION(s, SOL_SOCKET, SO_REUSEPORT, 1);
  OPTION(s, SOL_SOCKET, SO_KEEPALIVE, 1);
  OPTION(s, SOL_SOCKET, SO_OOBINLINE, 1);
  OPTION(s, SOL_SOCKET, SO_RCVBUF, 5000);
  OPTION(s, SOL_SOCKET, SO_RCVLOWAT, 7);
  OPTION(s, SOL_SOCKET, SO_TYPE, 7);
  OPTION(s, SOL_SOCKET, SO_ACCEPTCONN, 7);
  OPTION(s, IPPROTO_TCP, TCP_NODELAY, 1);
  OPTION(s, IPPROTO_TCP, TCP_KEEPIDLE, 33);
  OPTION(s, IPPROTO_TCP, TCP_KEEPINTVL, 34);
  OPTION(s, IPPROTO_TCP, TCP_KEEPCNT, 35);
  OPTION(s, IPPROTO_TCP, TCP_KEEPCNT, 1000);
  OPTION(s, IPPROTO_IP, IP_TOS, 0x10);
  OPTION(s, IPPROTO_IP, IP_TTL, 9);
  OPTION(s, IPPROTO_IP, IP_TTL, 1000);
  OPTION(u, SOL_SOCKET, SO_BROADCAST, 1);
  OPTION(u, IPPROTO_IP, IP_MULTICAST_TTL, 3);
  OPTION(u, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
  OPTION(u, IPPROTO_IP, IP_PKTINFO, 1);
  OPTION(v, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  OPTION(v, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 3);
  OPTION(v, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 4);
  OPTION(v, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  OPTION(v, IPPROTO_IPV6, IPV6_TCLASS, 8);
  close(s), close(u), close(v);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  binding();
  both_families();
  connecting();
  datagrams();
  options();
  return 0;
}
