// Exceptions through frames and threads, futures, condition variables, thread-local storage.
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <future>
#include <iostream>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <shared_mutex>
#include <vector>
struct D { int id; ~D() { std::cout << "gone " << id << "\n"; } };
int deep(int n) { D d{n}; if (n == 0) throw std::runtime_error("deep"); return deep(n - 1) + 1; }
thread_local int tl = 3;
int main() {
  try { deep(3); } catch (const std::exception &e) { std::cout << e.what() << "\n"; }
  std::vector<std::thread> ts; std::mutex m; long s = 0; std::atomic<int> caught{0};
  for (int i = 0; i < 6; i++) ts.emplace_back([&, i] { tl += i; for (int k = 0; k < 200; k++) { try { if (k % 2) throw k; } catch (int) { caught++; } } std::lock_guard<std::mutex> g(m); s += tl; });
  for (auto &t : ts) t.join();
  std::cout << s << " " << caught << " " << tl << "\n";
  auto f = std::async(std::launch::async, [] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); throw std::logic_error("from there"); return 1; });
  try { f.get(); } catch (std::logic_error &e) { std::cout << e.what() << "\n"; }
  std::promise<int> p; auto fu = p.get_future(); std::thread t([&] { p.set_value(42); }); std::cout << fu.get() << "\n"; t.join();
  std::cout << (std::async(std::launch::async, [] { std::this_thread::sleep_for(std::chrono::seconds(1)); }).wait_for(std::chrono::milliseconds(10)) == std::future_status::timeout) << "\n";
  std::shared_mutex sm; std::condition_variable_any cv; bool ready = false;
  std::thread w([&] { std::unique_lock l(sm); cv.wait(l, [&] { return ready; }); std::cout << "ready\n"; });
  { std::unique_lock l(sm); ready = true; } cv.notify_one(); w.join();
  std::signal(SIGABRT, [](int) { std::cout << "abort\n" << std::flush; std::_Exit(9); });
  std::thread([] { throw 5; }).join();
}
