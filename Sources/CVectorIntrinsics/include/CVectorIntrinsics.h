#ifndef C_VECTOR_INTRINSICS_H
#define C_VECTOR_INTRINSICS_H

#include <stdint.h>

#include "PartialVectors.h"
#include "VectorSquareRoot.h"

#if defined(__x86_64__)

/// The four result registers of one `cpuid` query.
typedef struct {
  uint32_t eax, ebx, ecx, edx;
} ProcessorIdentification;

static inline ProcessorIdentification identifyProcessor(uint32_t leaf, uint32_t subleaf) {
  ProcessorIdentification result;
  __asm__ volatile("cpuid"
                   : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
                   : "a"(leaf), "c"(subleaf));
  return result;
}

/// The register states that the operating system saves (XCR0). Only where `cpuid` reports OSXSAVE.
static inline uint64_t savedRegisterStates(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((uint64_t)high << 32) | low;
}

#endif

#endif
