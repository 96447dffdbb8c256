/* What the inotify guests share. */
#ifndef INOTIFY_GUEST_H
#define INOTIFY_GUEST_H
#include "guest.h"
#include <sys/inotify.h>

static inline void print_mask(uint32_t mask)
{
    static const char *const names[] = { "ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN", "MOVED_FROM",
                                         "MOVED_TO", "CREATE", "DELETE", "DELETE_SELF", "MOVE_SELF", NULL, "UNMOUNT",
                                         "Q_OVERFLOW", "IGNORED" };
    for (int bit = 0; bit < 16; bit++)
        if (mask >> bit & 1)
            printf(" %s", names[bit]);
    if (mask & IN_ISDIR)
        printf(" ISDIR");
}

/* Reads all that is queued and prints it; cookies become 1, 2, 3 in the order of their first appearance. */
static inline void drain(int queue, const char *after)
{
    static uint32_t cookies[16];
    static int known;
    char buffer[8192];
    ssize_t length;
    printf("%s\n", after);
    while ((length = read(queue, buffer, sizeof buffer)) > 0) {
        for (char *at = buffer; at < buffer + length;) {
            struct inotify_event event;
            memcpy(&event, at, sizeof event);
            printf("  wd %d", event.wd);
            print_mask(event.mask);
            if (event.len > 0)
                printf(" \"%s\" (len %u)", at + sizeof event, event.len);
            if (event.cookie != 0) {
                int i = 0;
                while (i < known && cookies[i] != event.cookie)
                    i++;
                if (i == known && known < 16)
                    cookies[known++] = event.cookie;
                printf(" cookie %d", i + 1);
            }
            putchar('\n');
            at += sizeof event + event.len;
        }
    }
    if (length == -1 && errno != EAGAIN)
        printf("  read: %s\n", errno_name(errno));
}

#define DO(action) ((void)!(action), drain(queue, #action))

static inline int touch(const char *path) { return close(open(path, O_CREAT | O_WRONLY, 0600)); }

static inline int put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    ssize_t written = write(fd, text, strlen(text));
    return close(fd) + (written < 0);
}

static inline int get(const char *path)
{
    char text[16];
    int fd = open(path, O_RDONLY);
    ssize_t length = read(fd, text, sizeof text);
    return close(fd) + (length < 0);
}
#endif
