/*
 * A snapshot by fork: the child has memory as it was in that moment and all the time to write it down, while the parent
 * goes on to change it. So redis saves. docs/seams/snapshot.md
 */
#include "demo.h"
#include <stdint.h>
#include <sys/mman.h>

enum { ACCOUNTS = 1 << 18, START = 100, ROUNDS = 8 };

/* Money moves from account to account; the sum stays. */
static uint32_t *accounts;
static uint64_t seed = 1;

static uint32_t some_account(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % ACCOUNTS;
}

static void move_money(unsigned times)
{
    while (times--) {
        uint32_t from = some_account(), to = some_account();

        if (accounts[from]) {
            accounts[from]--;
            accounts[to]++;
        }
    }
}

static uint64_t sum(const uint32_t *of)
{
    uint64_t all = 0;

    for (unsigned i = 0; i < ACCOUNTS; i++)
        all += of[i];
    return all;
}

/* Tells two states with the same sum apart. */
static uint32_t fingerprint(const uint32_t *of)
{
    uint32_t hash = 2166136261;

    for (unsigned i = 0; i < ACCOUNTS; i++)
        hash = (hash ^ of[i]) * 16777619;
    return hash;
}

/* Writes the accounts in ROUNDS pieces, the next one when the parent says that it has changed more. */
static void save(int file, int more)
{
    const size_t piece = ACCOUNTS / ROUNDS;
    char byte;

    for (unsigned i = 0; i < ROUNDS; i++) {
        need(read(more, &byte, 1));
        need(write(file, accounts + i * piece, piece * sizeof *accounts));
    }
    _exit(0);
}

int main(void)
{
    const size_t bytes = ACCOUNTS * sizeof *accounts;
    int file = need(memfd_create("snapshot", 0)), more[2];
    uint32_t then, *saved;
    pid_t child;

    accounts = need(mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (unsigned i = 0; i < ACCOUNTS; i++)
        accounts[i] = START;
    move_money(100000);
    then = fingerprint(accounts);
    need(pipe(more));

    child = need(fork());
    if (!child)
        save(file, more[0]);
    for (unsigned i = 0; i < ROUNDS; i++) {
        move_money(50000);
        need(write(more[1], "", 1));
    }
    printf("the child saved, status %d, while %d movements went on\n", finish(child), ROUNDS * 50000);

    saved = need(mmap(NULL, bytes, PROT_READ, MAP_SHARED, file, 0));
    printf("accounts now: %s, sum %s\n", fingerprint(accounts) == then ? "as at the fork" : "changed since the fork",
           sum(accounts) == (uint64_t)ACCOUNTS * START ? "right" : "wrong");
    printf("snapshot:     %s, sum %s\n", fingerprint(saved) == then ? "as at the fork" : "changed since the fork",
           sum(saved) == (uint64_t)ACCOUNTS * START ? "right" : "wrong");
    return 0;
}
