/* memcpy of the servers (named server_memcpy here): any alignment, any length, nothing beside, no page touched beside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

void *server_memcpy(void *restrict target, const void *restrict source, size_t bytes);

enum { LONGEST = 300, PAGE = 4096, GUARD = 0xa5 };

static unsigned char byte_of(size_t i)
{
    return (unsigned char)(i * 37 + 11);
}

static void copies_at_any_alignment(void **state)
{
    static _Alignas(64) unsigned char source[LONGEST + 16], target[LONGEST + 32];

    for (size_t i = 0; i < sizeof(source); i++)
        source[i] = byte_of(i);
    for (size_t from = 0; from < 8; from++)
        for (size_t to = 8; to < 16; to++)
            for (size_t bytes = 0; bytes <= LONGEST; bytes++) {
                memset(target, GUARD, sizeof(target));
                assert_ptr_equal(server_memcpy(target + to, source + from, bytes), target + to);
                for (size_t i = 0; i < sizeof(target); i++)
                    assert_int_equal(target[i], i < to || i >= to + bytes ? GUARD : byte_of(from + i - to));
            }
}

/* Three pages of which only the middle one is there. */
static unsigned char *lone_page(void)
{
    unsigned char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages, PAGE, PROT_NONE), 0);
    assert_int_equal(mprotect(pages + 2 * PAGE, PAGE, PROT_NONE), 0);
    return pages + PAGE;
}

static void touches_no_page_beside(void **state)
{
    unsigned char *source = lone_page(), *target = lone_page();

    for (size_t i = 0; i < PAGE; i++)
        source[i] = byte_of(i);
    for (size_t bytes = 1; bytes < 100; bytes++)
        for (size_t shift = 0; shift < 8; shift++) {
            server_memcpy(target + PAGE - bytes, source + shift, bytes);
            assert_memory_equal(target + PAGE - bytes, source + shift, bytes);
            server_memcpy(target + shift, source + PAGE - bytes, bytes);
            assert_memory_equal(target + shift, source + PAGE - bytes, bytes);
        }
    for (size_t cut = 0; cut < 16; cut++) {
        server_memcpy(target, source + cut, PAGE - cut);
        assert_memory_equal(target, source + cut, PAGE - cut);
    }
    munmap(source - PAGE, 3 * PAGE);
    munmap(target - PAGE, 3 * PAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_at_any_alignment),
        cmocka_unit_test(touches_no_page_beside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
