/* A test program is a file of TEST(name) { ... } bodies, linked with check.c. Run with a name it runs that test alone,
 * without a name all of them, each in a process of its own. It prints `ok name` or `not ok name`, and exits with the
 * number of failures. A check that fails prints where and ends its process with 1, in a child as well as in the test.
 */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);
void check_failed(const char *file, int line, const char *what, long got, long wanted) __attribute__((noreturn));

#define TEST(name) \
    static void test_##name(void); \
    static struct test entry_##name = { #name, test_##name, NULL }; \
    __attribute__((constructor)) static void register_##name(void) \
    { \
        test_register(&entry_##name); \
    } \
    static void test_##name(void)

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            check_failed(__FILE__, __LINE__, #condition, errno, 0); \
    } while (0)

/* The value of the expression is the wanted number. */
#define CHECK_EQUAL(expression, wanted) \
    do { \
        long got_ = (long)(expression), wanted_ = (long)(wanted); \
        if (got_ != wanted_) \
            check_failed(__FILE__, __LINE__, #expression " == " #wanted, got_, wanted_); \
    } while (0)

/* The call returns -1 and sets errno to the wanted error. */
#define CHECK_ERROR(call, wanted) \
    do { \
        errno = 0; \
        long got_ = (long)(call); \
        if (got_ != -1 || errno != (wanted)) \
            check_failed(__FILE__, __LINE__, #call " fails with " #wanted, got_ == -1 ? errno : got_, wanted); \
    } while (0)

/* Runs the body in a child and checks that it ends with status 0; a failed check inside ends it with 1. */
#define IN_CHILD \
    for (pid_t child_ = check_fork(), once_ = 1; once_; once_ = 0, check_child_ended(child_, __FILE__, __LINE__)) \
        if (child_ == 0) \
            for (;; _exit(0))

pid_t check_fork(void);
void check_child_ended(pid_t child, const char *file, int line);

/* Waits for the child and returns its wait status. */
int status_of(pid_t child);
/* Forks a child that sleeps until a signal kills it. */
pid_t fork_sleeper(void);
void sleep_ms(long ms);
long now_ms(void);
/* Creates (or replaces) a file with these contents. */
void make_file(const char *path, const void *contents, size_t length);

#endif
