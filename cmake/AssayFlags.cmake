# Flags that every target of ours shares, as the interface target assay_flags.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # gnu17: the kernel interfaces need it

set(ASSAY_SANITIZER "" CACHE STRING "asan, tsan or empty")
option(ASSAY_CHECK_DEAR "Checks too dear for production (CHECK_DEAR) are compiled in" ON)
option(ASSAY_WERROR "Warnings are errors" ON)

add_library(assay_flags INTERFACE)
target_include_directories(assay_flags INTERFACE ${PROJECT_SOURCE_DIR})
# Empty, so that a file that says `#define _GNU_SOURCE` itself does not redefine it.
target_compile_definitions(assay_flags INTERFACE _GNU_SOURCE=)
target_compile_options(assay_flags INTERFACE
    -march=x86-64-v2 # SSE4.2 (crc32c) in every build type; newer only by per-file flags
    -mprfchw # a prefetch to write asks for the line to write; processors without it do nothing
    # Two words that were written one by one and are then read as one vector wait until every store
    # before them is done: records are made of words.
    -fno-tree-slp-vectorize
    -fno-omit-frame-pointer
    -fno-common
    -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2
    -Wimplicit-fallthrough)
if(ASSAY_WERROR)
  target_compile_options(assay_flags INTERFACE -Werror)
endif()
if(ASSAY_CHECK_DEAR)
  target_compile_definitions(assay_flags INTERFACE ASSAY_CHECK_DEAR=1)
endif()
if(ASSAY_SANITIZER STREQUAL "asan")
  # Coverage for the fuzzers; programs that are no fuzzer carry it without using it.
  target_compile_options(assay_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
