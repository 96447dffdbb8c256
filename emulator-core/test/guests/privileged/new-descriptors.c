/* Descriptors of Linux's newer kinds: secret memory, tables of bpf, counters, file systems that are being mounted. */
#include "../guest.h"
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>

static void secrets(void)
{
    section("secret memory");
    CALL(syscall(SYS_memfd_secret, 1));
    int fd = syscall(SYS_memfd_secret, O_CLOEXEC);
    CALL(fcntl(fd, F_GETFD));
    CALL(fcntl(fd, F_GETFL));
    CALL(write(fd, "x", 1));
    CALL(pread(fd, (char[4]){ 0 }, 4, 0));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(ftruncate(fd, 8192));
    CALL(ftruncate(fd, 4096));
    struct stat st;
    CALL(fstat(fd, &st));
    printf("%o %ld\n", st.st_mode, (long)st.st_size);
    CALL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    p[4096] = 'a';
    close(fd);
    printf("%d %c\n", p[0], p[4096]);
    CALL(munmap(p, 8192));
}

static long bpf(int command, union bpf_attr *attr)
{
    return syscall(SYS_bpf, command, attr, sizeof *attr);
}

static long table(int type, int key, int value, int most)
{
    union bpf_attr attr = { .map_type = type, .key_size = key, .value_size = value, .max_entries = most, .map_name = "t" };
    return bpf(BPF_MAP_CREATE, &attr);
}

static long on(int command, int fd, unsigned key, void *value, int flags)
{
    union bpf_attr attr = { .map_fd = fd, .key = (uintptr_t)&key, .value = (uintptr_t)value, .flags = flags };
    return bpf(command, &attr);
}

static void tables(void)
{
    section("bpf");
    uint64_t value = 7;
    CALL(bpf(BPF_MAP_CREATE, NULL));
    CALL(table(BPF_MAP_TYPE_ARRAY, 8, 8, 1));
    CALL(table(BPF_MAP_TYPE_ARRAY, 4, 0, 1));
    CALL(table(BPF_MAP_TYPE_HASH, 4, 8, 0));
    CALL(table(1000, 4, 8, 1));
    int array = table(BPF_MAP_TYPE_ARRAY, 4, 8, 2);
    int hash = table(BPF_MAP_TYPE_HASH, 4, 8, 2);
    CALL(fcntl(array, F_GETFD));
    for (int i = 0; i < 2; i++) {
        int fd = i == 0 ? array : hash;
        CALL(on(BPF_MAP_LOOKUP_ELEM, fd, 1, &value, 0));
        CALL(on(BPF_MAP_UPDATE_ELEM, fd, 1, &(uint64_t){ 5 }, BPF_ANY));
        CALL(on(BPF_MAP_UPDATE_ELEM, fd, 1, &(uint64_t){ 6 }, BPF_NOEXIST));
        CALL(on(BPF_MAP_UPDATE_ELEM, fd, 0, &(uint64_t){ 6 }, BPF_EXIST));
        CALL(on(BPF_MAP_UPDATE_ELEM, fd, 0, &(uint64_t){ 6 }, BPF_ANY));
        CALL(on(BPF_MAP_UPDATE_ELEM, fd, 2, &(uint64_t){ 6 }, BPF_ANY));
        CALL(on(BPF_MAP_UPDATE_ELEM, fd, 0, &(uint64_t){ 6 }, 9));
        CALL(on(BPF_MAP_LOOKUP_ELEM, fd, 1, &value, 0));
        printf("%lu\n", (unsigned long)value);
        unsigned next = 9;
        int seen = 0;
        union bpf_attr attr = { .map_fd = fd, .next_key = (uintptr_t)&next };
        while (bpf(BPF_MAP_GET_NEXT_KEY, &attr) == 0) {
            seen += 1 << next;
            attr.key = (uintptr_t)&next;
        }
        printf("%x %s\n", seen, errno_name(errno));
        CALL(on(BPF_MAP_DELETE_ELEM, fd, 1, NULL, 0));
        CALL(on(BPF_MAP_DELETE_ELEM, fd, 1, NULL, 0));
    }
    CALL(on(BPF_MAP_LOOKUP_ELEM, 0, 1, &value, 0));
    CALL(on(BPF_MAP_LOOKUP_ELEM, 99, 1, &value, 0));
    CALL(on(BPF_MAP_FREEZE, array, 1, NULL, 0));
    union bpf_attr attr = { .map_fd = array };
    CALL(bpf(BPF_MAP_FREEZE, &attr));
    CALL(on(BPF_MAP_UPDATE_ELEM, array, 1, &value, 0));
    CALL(read(array, &value, 1));
}

static long counter(int config, int group, int format, int disabled)
{
    struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = config };
    attr.disabled = disabled;
    attr.exclude_hv = 1;
    attr.read_format = format;
    return syscall(SYS_perf_event_open, &attr, 0, -1, group, PERF_FLAG_FD_CLOEXEC);
}

static void counters(void)
{
    section("counters");
    uint64_t words[8] = { 0 };
    CALL(counter(100, -1, 0, 0));
    CALL(counter(1, -1, 64, 0));
    CALL(counter(1, 0, 0, 0));
    CALL(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
    int fd = counter(PERF_COUNT_SW_TASK_CLOCK, -1, PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED, 1);
    int second = counter(PERF_COUNT_SW_TASK_CLOCK, fd, PERF_FORMAT_ID, 0);
    CALL(read(fd, words, 8));
    CALL(read(fd, words, sizeof words));
    printf("%lu counters, %d\n", (unsigned long)words[0], words[2] == 0);
    CALL(ioctl(fd, PERF_EVENT_IOC_ENABLE, 0));
    for (volatile int i = 0; i < 3000000; i++)
        ;
    CALL(ioctl(fd, PERF_EVENT_IOC_DISABLE, 0));
    CALL(read(fd, words, sizeof words));
    printf("%d %d\n", words[1] > 0, words[2] > 0);
    uint64_t before = words[2];
    CALL(read(fd, words, sizeof words));
    printf("%d\n", words[2] == before);
    CALL(ioctl(fd, PERF_EVENT_IOC_RESET, 0));
    CALL(read(fd, words, sizeof words));
    printf("%d\n", words[2] == 0);
    CALL(read(second, words, sizeof words));
    CALL(ioctl(second, PERF_EVENT_IOC_ID, &before));
    printf("%d\n", words[1] == before);
    CALL(close(second));
    CALL(read(fd, words, sizeof words));
}

static void mounts(void)
{
    section("mounts");
    mkdir("m", 0755);
    mkdir("n", 0755);
    struct stat st;
    CALL(syscall(SYS_fsopen, "nothing", 0));
    CALL(syscall(SYS_fsopen, "tmpfs", 2));
    int fd = syscall(SYS_fsopen, "tmpfs", 1);
    char text[8];
    CALL(read(fd, text, sizeof text));
    CALL(syscall(SYS_fsconfig, fd, 0, "ro", "x", 0));
    CALL(syscall(SYS_fsconfig, fd, 99, NULL, NULL, 0));
    CALL(syscall(SYS_fsconfig, 0, 6, NULL, NULL, 0));
    CALL(syscall(SYS_fsconfig, -1, 6, NULL, NULL, 0));
    CALL(syscall(SYS_fsmount, fd, 0, 0));
    CALL(syscall(SYS_fsconfig, fd, 1, "source", "here", 0));
    CALL(syscall(SYS_fsconfig, fd, 1, "source", "there", 0));
    CALL(syscall(SYS_fsconfig, fd, 1, "mode", "0700", 0));
    CALL(syscall(SYS_fsconfig, fd, 6, NULL, NULL, 0));
    CALL(syscall(SYS_fsmount, fd, 2, 0));
    CALL(syscall(SYS_fsmount, fd, 0, 0x1000));
    int mount = syscall(SYS_fsmount, fd, 1, 8);
    CALL(fcntl(mount, F_GETFD));
    CALL(fstat(mount, &st));
    printf("%o\n", st.st_mode);
    CALL(close(openat(mount, "f", O_CREAT | O_RDWR, 0600)));
    CALL(syscall(SYS_move_mount, mount, "", AT_FDCWD, "none", 4));
    CALL(syscall(SYS_move_mount, mount, "", AT_FDCWD, "m", 0x400));
    CALL(syscall(SYS_move_mount, mount, "", AT_FDCWD, "m", 4));
    CALL(access("m/f", F_OK));
    CALL(syscall(SYS_move_mount, AT_FDCWD, "m", AT_FDCWD, "n", 0));
    CALL(access("n/f", F_OK));
    CALL(syscall(SYS_mount_setattr, AT_FDCWD, "n", 0, &(uint64_t[4]){ 1, 0, 0, 0 }, 32));
    CALL(close(openat(AT_FDCWD, "n/g", O_CREAT | O_RDWR, 0600)));
    CALL(syscall(SYS_mount_setattr, AT_FDCWD, "n", 0, &(uint64_t[4]){ 0, 1, 0, 0 }, 32));
    CALL(syscall(SYS_mount_setattr, AT_FDCWD, "n", 0, &(uint64_t[4]){ 0x10, 0, 0, 0 }, 32));
    CALL(syscall(SYS_mount_setattr, AT_FDCWD, "n", 0, &(uint64_t[4]){ 0 }, 8));
    int picked = syscall(SYS_fspick, AT_FDCWD, "n", 1);
    CALL(syscall(SYS_fspick, AT_FDCWD, "n/f", 0));
    CALL(syscall(SYS_fsconfig, picked, 0, "ro", NULL, 0));
    CALL(syscall(SYS_fsconfig, picked, 7, NULL, NULL, 0));
    CALL(close(openat(AT_FDCWD, "n/g", O_CREAT | O_RDWR, 0600)));
    int tree = syscall(SYS_open_tree, AT_FDCWD, "n", O_CLOEXEC);
    CALL(syscall(SYS_open_tree, AT_FDCWD, "n", AT_RECURSIVE));
    CALL(read(tree, text, 1));
    CALL(faccessat(tree, "f", F_OK, 0));
    close(tree);
    close(mount);
    CALL(umount2("n", 0));
    CALL(access("n/f", F_OK));
    rmdir("m");
    rmdir("n");
}

int main(void)
{
    /* What is mounted is nobody else's, on a system where that can be. */
    if (unshare(CLONE_NEWNS) == 0)
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
    secrets();
    tables();
    counters();
    mounts();
    return 0;
}
