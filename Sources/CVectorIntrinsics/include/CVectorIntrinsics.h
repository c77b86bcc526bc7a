#ifndef C_VECTOR_INTRINSICS_H
#define C_VECTOR_INTRINSICS_H
#include "VectorSquareRoot.h"
#endif
