#ifndef CJPEG_SHIM_H
#define CJPEG_SHIM_H

#include "PNGShim.h"

#include <stddef.h>
#include <stdint.h>

// libjpeg reports failures by a function that must not return. These calls catch them with setjmp
// and hand back 0 with one line in `message`, so that Swift never sees a jump.
// Every function returns 1 on success.

enum { CODEC_SHIM_MESSAGE_CAPACITY = 256 };

typedef struct {
  int32_t width;
  int32_t height;
  /// Samples a pixel of the decoded picture: 3 (RGB) or 4 (CMYK as stored by Adobe, inverted).
  int32_t channels;
} JPEGShimHeader;

/// Reads the header only; allocates nothing that depends on the picture's size.
int jpeg_shim_read_header(
    const uint8_t *bytes, size_t byte_count, JPEGShimHeader *header, char *message);

/// Decodes into `samples`, `sample_count` bytes, which must be width * height * channels of the
/// header read before. Data that ends early or is damaged is a failure, not a grey area.
int jpeg_shim_decode(
    const uint8_t *bytes, size_t byte_count, uint8_t *samples, size_t sample_count, char *message);

/// Encodes RGB samples; `*encoded` is to be freed with jpeg_shim_free; NULL after a failure.
int jpeg_shim_encode(
    const uint8_t *samples, int32_t width, int32_t height, int32_t quality,
    uint8_t **encoded, size_t *encoded_count, char *message);

void jpeg_shim_free(uint8_t *encoded);

#endif
