#ifndef ENGINE_BASE_CRC32C_H
#define ENGINE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C of the bytes, going on from `crc` (0 to start): crc32c(crc32c(0, a), b) is that of a
 * followed by b. Uses the processor's crc32 instruction where it has one, a table elsewhere, with
 * the same result. thread: any   cost: about 0.4 ns a byte
 * source: RFC 3720 B.4 (polynomial 0x1EDC6F41, reflected); crc32c(0, "123456789", 9) = 0xE3069283
 */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t length);

/* The same without the instruction, for tests and for machines without it. */
uint32_t crc32c_table(uint32_t crc, const void *bytes, size_t length);

#endif
