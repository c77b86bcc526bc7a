#ifndef CJPEG_SHIM_H
#define CJPEG_SHIM_H
#endif
