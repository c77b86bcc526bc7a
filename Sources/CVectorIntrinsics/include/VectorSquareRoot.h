#ifndef VECTOR_SQUARE_ROOT_H
#define VECTOR_SQUARE_ROOT_H

// Square roots of whole vectors. Only the functions as wide as the instruction set that the
// including module is compiled for may be called.

typedef float SquareRoot4 __attribute__((ext_vector_type(4)));
typedef float SquareRoot8 __attribute__((ext_vector_type(8)));
typedef float SquareRoot16 __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline))
SquareRoot4 squareRootOf4(SquareRoot4 x) { return __builtin_elementwise_sqrt(x); }
#if defined(__AVX2__)
static inline __attribute__((always_inline))
SquareRoot8 squareRootOf8(SquareRoot8 x) { return __builtin_elementwise_sqrt(x); }
#endif
#if defined(__AVX512F__)
static inline __attribute__((always_inline))
SquareRoot16 squareRootOf16(SquareRoot16 x) { return __builtin_elementwise_sqrt(x); }
#endif

#endif
