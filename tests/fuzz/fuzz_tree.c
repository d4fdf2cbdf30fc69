/* Histories of address spaces, as the fuzzer finds them, against the model of plain arrays. */
#include "tests/unit/space_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 3000)
        model_run(data, len);
    return 0;
}
