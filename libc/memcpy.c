/*
 * memcpy in the place of the C library's, which goes byte by byte when source and target are not aligned alike; so are
 * all files of an archive, whose parts are aligned to 4. Here aligned words are read, and what is to be written is put
 * together from two of them.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD sizeof(unsigned long)
#define WORD_BITS (8 * WORD)
/* Below this, byte by byte is no dearer. */
#define LEAST (4 * WORD)

__attribute__((always_inline)) static inline void copy_words(unsigned long *to, const unsigned long *from, size_t words)
{
    for (; words >= 4; words -= 4, to += 4, from += 4) {
        unsigned long a = from[0], b = from[1], c = from[2], d = from[3];

        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
    for (; words; words--)
        *to++ = *from++;
}

/*
 * Words of a source that is `shift` bits (not 0) behind an aligned word. Bytes beside the source are read, but none of
 * a word in which nothing of it lies, so none of another page.
 */
__attribute__((no_sanitize_address)) static void copy_shifted(unsigned long *to, const unsigned long *from,
                                                              unsigned shift, size_t words)
{
    unsigned long low = *from++;

    for (; words >= 4; words -= 4, to += 4, from += 4) {
        unsigned long a = from[0], b = from[1], c = from[2], d = from[3];

        to[0] = low >> shift | a << (WORD_BITS - shift);
        to[1] = a >> shift | b << (WORD_BITS - shift);
        to[2] = b >> shift | c << (WORD_BITS - shift);
        to[3] = c >> shift | d << (WORD_BITS - shift);
        low = d;
    }
    for (; words; words--) {
        unsigned long high = *from++;

        *to++ = low >> shift | high << (WORD_BITS - shift);
        low = high;
    }
}

static void copy_bytes(char *to, const char *from, size_t bytes)
{
    for (; bytes; bytes--)
        *to++ = *from++;
}

/* Neither is aligned, or they are not alike; LEAST bytes at least. Apart, so that the others save no registers. */
__attribute__((noinline)) static void *copy_unaligned(void *target, const char *from, size_t bytes)
{
    size_t head = -(uintptr_t)target % WORD, words = (bytes - head) / WORD, offset;
    char *to = target;

    copy_bytes(to, from, head);
    to += head;
    from += head;
    offset = (uintptr_t)from % WORD;
    if (offset)
        copy_shifted((unsigned long *)to, (const unsigned long *)(from - offset), (unsigned)(8 * offset), words);
    else
        copy_words((unsigned long *)to, (const unsigned long *)from, words);
    copy_bytes(to + words * WORD, from + words * WORD, (bytes - head) % WORD);
    return target;
}

void *memcpy(void *restrict target, const void *restrict source, size_t bytes)
{
    size_t whole = 0;

    if (!(((uintptr_t)target | (uintptr_t)source) % WORD)) {
        copy_words(target, source, bytes / WORD);
        if (!(bytes % WORD))
            return target;
        whole = bytes & -WORD;
    } else if (bytes >= LEAST) {
        return copy_unaligned(target, source, bytes);
    }
    copy_bytes((char *)target + whole, (const char *)source + whole, bytes - whole);
    return target;
}
