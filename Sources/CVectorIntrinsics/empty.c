#include "CVectorIntrinsics.h"
