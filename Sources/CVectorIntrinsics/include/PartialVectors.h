#ifndef PARTIAL_VECTORS_H
#define PARTIAL_VECTORS_H

// The first lanes of vectors from and to memory, without touching anything behind them. Only the
// functions as wide as the instruction set that the including module is compiled for may be called.

#include <stdint.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

typedef float PartialLanes4 __attribute__((ext_vector_type(4)));
typedef float PartialLanes8 __attribute__((ext_vector_type(8)));
typedef float PartialLanes16 __attribute__((ext_vector_type(16)));

/// `count` floats (0 to 4), then `padding`.
static inline __attribute__((always_inline))
PartialLanes4 loadFirstOf4(const float *source, int64_t count, float padding) {
  PartialLanes4 lanes = padding;
  if (count > 0) lanes.x = source[0];
  if (count > 1) lanes.y = source[1];
  if (count > 2) lanes.z = source[2];
  if (count > 3) lanes.w = source[3];
  return lanes;
}

static inline __attribute__((always_inline))
void storeFirstOf4(PartialLanes4 lanes, float *destination, int64_t count) {
  if (count > 0) destination[0] = lanes.x;
  if (count > 1) destination[1] = lanes.y;
  if (count > 2) destination[2] = lanes.z;
  if (count > 3) destination[3] = lanes.w;
}

#if defined(__AVX2__)

static inline __attribute__((always_inline)) __m256i firstLanesOf8(int64_t count) {
  return _mm256_cmpgt_epi32(
      _mm256_set1_epi32((int32_t)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/// `count` floats (0 to 8), then `padding`.
static inline __attribute__((always_inline))
PartialLanes8 loadFirstOf8(const float *source, int64_t count, float padding) {
  __m256i first = firstLanesOf8(count);
  return (PartialLanes8)_mm256_blendv_ps(
      _mm256_set1_ps(padding), _mm256_maskload_ps(source, first), _mm256_castsi256_ps(first));
}

static inline __attribute__((always_inline))
void storeFirstOf8(PartialLanes8 lanes, float *destination, int64_t count) {
  _mm256_maskstore_ps(destination, firstLanesOf8(count), (__m256)lanes);
}

#endif

#if defined(__AVX512F__)

/// `count` floats (0 to 16), then `padding`.
static inline __attribute__((always_inline))
PartialLanes16 loadFirstOf16(const float *source, int64_t count, float padding) {
  __mmask16 first = (__mmask16)((1u << count) - 1);
  return (PartialLanes16)_mm512_mask_loadu_ps(_mm512_set1_ps(padding), first, source);
}

static inline __attribute__((always_inline))
void storeFirstOf16(PartialLanes16 lanes, float *destination, int64_t count) {
  _mm512_mask_storeu_ps(destination, (__mmask16)((1u << count) - 1), (__m512)lanes);
}

#endif

#endif
