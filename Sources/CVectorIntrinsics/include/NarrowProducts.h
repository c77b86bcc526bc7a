#ifndef NARROW_PRODUCTS_H
#define NARROW_PRODUCTS_H

// Sums of the products of narrow numbers, several in a lane of 32 bits. Lanes are passed as floats,
// whatever they hold. Only where the including module's instruction set has them.

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// As wide as the widest register.
#if defined(__AVX512F__)
typedef float NarrowLanes __attribute__((ext_vector_type(16)));
typedef int NarrowIntegers __attribute__((ext_vector_type(16)));
typedef short NarrowHalves __attribute__((ext_vector_type(16)));
typedef short NarrowHalfPairs __attribute__((ext_vector_type(32)));
typedef char NarrowBytes __attribute__((ext_vector_type(16)));
#elif defined(__AVX2__)
typedef float NarrowLanes __attribute__((ext_vector_type(8)));
typedef int NarrowIntegers __attribute__((ext_vector_type(8)));
typedef short NarrowHalves __attribute__((ext_vector_type(8)));
typedef char NarrowBytes __attribute__((ext_vector_type(8)));
#else
typedef float NarrowLanes __attribute__((ext_vector_type(4)));
typedef int NarrowIntegers __attribute__((ext_vector_type(4)));
typedef short NarrowHalves __attribute__((ext_vector_type(4)));
typedef char NarrowBytes __attribute__((ext_vector_type(4)));
#endif

/// The floats nearest to integers of 32 bits.
static inline __attribute__((always_inline)) NarrowLanes floatsOfIntegers(NarrowLanes integers) {
  return __builtin_convertvector((NarrowIntegers)integers, NarrowLanes);
}

/// The lower 16 bits of all lanes to memory, two bytes for each.
static inline __attribute__((always_inline)) void storeLowerHalves(
    NarrowLanes lanes, void *destination) {
  NarrowHalves halves = __builtin_convertvector((NarrowIntegers)lanes, NarrowHalves);
  __builtin_memcpy(destination, &halves, sizeof halves);
}

/// The lowest 8 bits of all lanes to memory, a byte for each.
static inline __attribute__((always_inline)) void storeLowestBytes(
    NarrowLanes lanes, void *destination) {
  NarrowBytes bytes = __builtin_convertvector((NarrowIntegers)lanes, NarrowBytes);
  __builtin_memcpy(destination, &bytes, sizeof bytes);
}

#if defined(__x86_64__)

/// `sums + a.low * b.low + a.high * b.high` of signed 16-bit halves; all lanes are 32-bit integers.
static inline __attribute__((always_inline)) NarrowLanes addHalvesOfTwo(
    NarrowLanes sums, NarrowLanes a, NarrowLanes b) {
#if defined(__AVX512BW__)
  return (NarrowLanes)_mm512_add_epi32(
      (__m512i)sums, _mm512_madd_epi16((__m512i)a, (__m512i)b));
#elif defined(__AVX2__)
  return (NarrowLanes)_mm256_add_epi32(
      (__m256i)sums, _mm256_madd_epi16((__m256i)a, (__m256i)b));
#else
  return (NarrowLanes)_mm_add_epi32((__m128i)sums, _mm_madd_epi16((__m128i)a, (__m128i)b));
#endif
}

#if defined(__AVX512BF16__)
/// `sums` plus the products of both halves of each lane, which are floats' upper 16 bits.
static inline __attribute__((always_inline)) NarrowLanes addBrainFloatPairs(
    NarrowLanes sums, NarrowLanes a, NarrowLanes b) {
  return (NarrowLanes)_mm512_dpbf16_ps((__m512)sums, (__m512bh)a, (__m512bh)b);
}

/// Both vectors rounded to floats' upper 16 bits, those of `first` before those of `second`.
static inline __attribute__((always_inline)) NarrowLanes roundedToBrainFloats(
    NarrowLanes first, NarrowLanes second) {
  return (NarrowLanes)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
}

/// Lanes of two floats' upper 16 bits, rounded: that of `first` in the lower half.
static inline __attribute__((always_inline)) NarrowLanes interleavedBrainFloats(
    NarrowLanes first, NarrowLanes second) {
  NarrowHalfPairs halves = (NarrowHalfPairs)roundedToBrainFloats(first, second);
  return (NarrowLanes)__builtin_shufflevector(
      halves, halves, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26,
      11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
#endif

#if defined(__AVX512VNNI__)
/// `sums` plus the products of the four signed bytes of `a` with the unsigned ones of `b`, in 32-bit
/// integers.
static inline __attribute__((always_inline)) NarrowLanes addBytesOfFour(
    NarrowLanes sums, NarrowLanes a, NarrowLanes b) {
  return (NarrowLanes)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)b, (__m512i)a);
}
#endif

#endif
#endif
