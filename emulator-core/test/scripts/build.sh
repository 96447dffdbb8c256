#!/usr/bin/bash
# make, gcc, g++, ar, ld, gdb's symbols left alone: compiling and running C and C++ with threads and exceptions.
exec 2>&1
cat >main.c <<'EOF'
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int answer(void);
static _Thread_local int local;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int total;
static void *work(void *arg) { for (int i = 0; i < 10000; i++) { pthread_mutex_lock(&lock); total++; local++; pthread_mutex_unlock(&lock); } return (void *)(long)local; }
int main(int argc, char **argv) {
  pthread_t t[4]; void *r; long sum = 0;
  for (int i = 0; i < 4; i++) pthread_create(&t[i], NULL, work, NULL);
  for (int i = 0; i < 4; i++) { pthread_join(t[i], &r); sum += (long)r; }
  printf("%d %ld %d %s\n", total, sum, answer(), argc > 1 ? argv[1] : "-"); fflush(stdout);
  if (fork() == 0) { execlp("sh", "sh", "-c", "exit 4", NULL); _exit(1); }
  int status; wait(&status); printf("%d\n", WEXITSTATUS(status));
  return answer() - 40;
}
EOF
echo 'int answer(void) { return 42; }' >answer.c
cat >many.cc <<'EOF'
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <iostream>
#include <map>
#include <mutex>
#include <queue>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <vector>
struct Noisy { const char *name; ~Noisy() { std::cout << "~" << name << ' '; } };
void deep(int n) { Noisy here{"deep"}; if (n == 0) throw std::runtime_error("from the depth"); deep(n - 1); }
int main() {
  try { deep(3); } catch (const std::exception &e) { std::cout << e.what() << std::endl; }
  try { try { throw 1; } catch (int) { throw std::logic_error("nested"); } } catch (const std::logic_error &e) { std::cout << e.what() << '\n'; }
  auto f = std::async(std::launch::async, []() -> int { throw std::out_of_range("in a thread"); });
  try { f.get(); } catch (const std::out_of_range &e) { std::cout << e.what() << '\n'; }
  std::mutex m; std::condition_variable cv; std::queue<int> q; bool done = false; long sum = 0;
  std::thread consumer([&] { for (;;) { std::unique_lock l(m); cv.wait(l, [&] { return done || !q.empty(); }); if (q.empty()) return; sum += q.front(); q.pop(); } });
  for (int i = 0; i < 1000; i++) { { std::lock_guard l(m); q.push(i); } cv.notify_one(); }
  { std::lock_guard l(m); done = true; } cv.notify_all(); consumer.join(); std::cout << sum << '\n';
  std::atomic<int> n{0}; std::shared_mutex sm; std::map<int, int> shared; std::vector<std::thread> threads;
  for (int t = 0; t < 6; t++) threads.emplace_back([&, t] { for (int i = 0; i < 200; i++) { if (i % 10 == 0) { std::unique_lock l(sm); shared[i] += t; } else { std::shared_lock l(sm); n += shared.count(i); } n++; } });
  for (auto &t : threads) t.join(); std::cout << (n.load() >= 1200) << ' ' << shared[190] << '\n';
  std::cout << (std::this_thread::sleep_for(std::chrono::milliseconds(5)), "slept") << std::endl;
  std::set_terminate([] { std::cout << "terminated" << std::endl; std::abort(); }); throw 5;
}
EOF
cat >Makefile <<'EOF'
CFLAGS = -O1 -g -Wall
all: program many plain
program: main.o libanswer.so ; $(CC) -o $@ main.o -L. -lanswer -Wl,-rpath,'$$ORIGIN' -pthread
libanswer.so: answer.c ; $(CC) $(CFLAGS) -shared -fPIC -o $@ $<
libanswer.a: answer.o ; ar rcs $@ $<
plain: main.o libanswer.a ; $(CC) -static -o $@ main.o libanswer.a -pthread
many: many.cc ; $(CXX) -std=c++17 -O0 -o $@ $< -pthread
%.o: %.c ; $(CC) $(CFLAGS) -c -o $@ $<
clean: ; rm -f *.o program plain
.PHONY: all clean
EOF
make -j2 --no-print-directory CC=gcc | sort; ./program one; echo "$?"; ./plain two; echo "$?"; ./many | cat; echo "${PIPESTATUS[0]}"
make --no-print-directory; touch answer.c; make --no-print-directory -n CC=gcc libanswer.so; echo 'int main( {' >bad.c; make --no-print-directory bad; echo "$?"
nm program | grep -c ' T main'; objdump -d plain --disassemble=answer | grep -c ret; strip plain; ./plain three; file=$(size -A program | grep -c .text); echo "$file"; ldd program | grep -c answer; readelf -d program | grep ORIGIN | tr -s ' '; gcc -E -x c - <<<'#define X 1
X' | tail -1; make clean; ls
