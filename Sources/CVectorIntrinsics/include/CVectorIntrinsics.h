#ifndef C_VECTOR_INTRINSICS_H
#define C_VECTOR_INTRINSICS_H

#include <stdint.h>

#include "NarrowProducts.h"
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

// `a * b + c` on whole vectors, rounded once. Swift's `addingProduct` works lane by lane, and whether
// the lanes come together again as one instruction is up to the optimiser.

#if defined(__AVX512F__)
typedef float FloatVector __attribute__((ext_vector_type(16)));
#elif defined(__AVX2__) && defined(__FMA__)
typedef float FloatVector __attribute__((ext_vector_type(8)));
#elif defined(__aarch64__)
typedef float FloatVector __attribute__((ext_vector_type(4)));
#endif

#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__)) || defined(__aarch64__)
static inline __attribute__((always_inline)) FloatVector fusedMultiplyAdd(
    FloatVector a, FloatVector b, FloatVector c) {
  return __builtin_elementwise_fma(a, b, c);
}
#endif

/// Asks for the cache line of `address`, to be read soon, but not next.
static inline void prefetchForReading(const void *address) { __builtin_prefetch(address, 0, 2); }

/// Asks for the cache line of `address`, to be written to soon.
static inline void prefetchForWriting(const void *address) { __builtin_prefetch(address, 1, 3); }

/// Asks for the cache line of `address`, to be read once. The address may be anywhere.
static inline void prefetchForReadingOnce(const void *address) { __builtin_prefetch(address, 0, 0); }

#endif
