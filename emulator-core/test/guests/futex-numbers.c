/* futex by the numbers of its operations, and the list of robust futexes. */
#include "guest.h"
#include <sys/mman.h>
#include <sys/wait.h>

enum { WAKE = 1, WAKE_OP = 5, WAIT_BITSET = 9, WAKE_BITSET = 10, PRIVATE = 128, REALTIME = 256 };

struct robust_list {
    struct robust_list *next;
    long offset;
    void *pending;
};

static uint32_t *words;

static long futex(uint32_t *word, int operation, uint32_t value, uintptr_t timeout, uint32_t *word2, uint32_t value3)
{
    return syscall(SYS_futex, word, operation, value, timeout, word2, value3);
}

/* A word that has not the value waited for: whatever can wait does not. Locks take a word that nobody has. */
static void operations(void)
{
    section("operations");
    for (int operation = 0; operation <= 16; operation++) {
        char name[32];
        words[0] = operation == 6 || operation == 8 || operation == 13 ? 0 : 7;
        words[1] = 0;
        if (operation == 7)
            words[0] = syscall(SYS_gettid);
        if (operation == 11 || operation == 12)
            continue;
        snprintf(name, sizeof name, "operation %d", operation);
        report(name, futex(&words[0], operation, 1, 0, &words[1], 1));
    }
    section("operations, private and with the other clock");
    words[0] = 7;
    CALL(futex(words, PRIVATE, 1, 0, NULL, 0));
    CALL(futex(words, WAKE | PRIVATE, 1, 0, NULL, 0));
    CALL(futex(words, WAKE | REALTIME, 1, 0, NULL, 0));
    CALL(futex(words, WAIT_BITSET | REALTIME, 1, 0, NULL, 1));
    CALL(futex(words, 14 | REALTIME | PRIVATE, 1, 0, NULL, 0));
    section("bits");
    CALL(futex(words, WAIT_BITSET, 1, 0, NULL, 0));
    CALL(futex(words, WAKE_BITSET, 1, 0, NULL, 0));
    CALL(futex(words, WAKE_BITSET, 1, 0, NULL, 1));
    section("negative counts");
    CALL(futex(words, WAKE, -1, 0, NULL, 0));
    CALL(futex(words, WAKE_OP, -1, 1, &words[1], 0));
    CALL(futex(words, WAKE_OP, 1, (uintptr_t)-1, &words[1], 0));
}

/* A child waits with the private flag at a word that it shares. */
static void shared_private(void)
{
    section("a private wait at a shared word");
    words[0] = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(futex(words, PRIVATE, 0, 0, NULL, 0) == 0 ? 0 : 1);
    await_sleep(child);
    CALL(futex(words, WAKE, 0, 0, NULL, 0));
    CALL(futex(words, WAKE, 1, 0, NULL, 0));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void robust(void)
{
    section("the list of robust futexes");
    struct robust_list list = { &list, 0, NULL };
    CALL(syscall(SYS_set_robust_list, &list, sizeof list - 1));
    CALL(syscall(SYS_set_robust_list, &list, sizeof list));
    words[0] = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct robust_list *own = (struct robust_list *)(words + 16), *entry = (struct robust_list *)(words + 32);
        own->next = entry;
        entry->next = own;
        own->offset = (char *)words - (char *)entry;
        syscall(SYS_set_robust_list, own, sizeof *own);
        words[0] = (uint32_t)syscall(SYS_gettid) | 0x80000000u;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("died %d, waiters %d, number %d\n", words[0] >> 30 & 1, words[0] >> 31, (words[0] & 0x3fffffff) == (uint32_t)child);
}

/* A list of a million entries, each the futex of the thread that ends. */
static void long_list(void)
{
    enum { ENTRIES = 1000002 };
    struct entry {
        struct robust_list *next;
        uint32_t word, unused;
    } *entries;
    section("the length of the list");
    size_t size = ENTRIES * sizeof *entries;
    entries = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct robust_list *own = (struct robust_list *)(words + 16);
        uint32_t number = (uint32_t)syscall(SYS_gettid);
        for (int i = 0; i < ENTRIES; i++) {
            entries[i].next = (struct robust_list *)&entries[i + 1];
            entries[i].word = number;
        }
        entries[ENTRIES - 1].next = own;
        *own = (struct robust_list){ (struct robust_list *)entries, (char *)&entries->word - (char *)entries, NULL };
        syscall(SYS_set_robust_list, own, sizeof *own);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    int died = 0;
    for (int i = 0; i < ENTRIES; i++)
        died += entries[i].word >> 30 & 1;
    printf("died %d\n", died);
    munmap(entries, size);
    section("a list without an end");
    child = fork();
    if (child == 0) {
        struct robust_list *own = (struct robust_list *)(words + 16), *entry = (struct robust_list *)(words + 32);
        own->next = entry->next = entry;
        syscall(SYS_set_robust_list, own, sizeof *own);
        _exit(0);
    }
    printf("the thread has ended %d\n", waitpid(child, NULL, 0) == child);
}

int main(void)
{
    words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    operations();
    shared_private();
    robust();
    long_list();
    return 0;
}
