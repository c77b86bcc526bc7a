#ifndef PNG_SHIM_H
#define PNG_SHIM_H

#include <stddef.h>
#include <stdint.h>

// The same for libpng, whose errors jump as well. Every function returns 1 on success and 0 with
// one line in `message` (CODEC_SHIM_MESSAGE_CAPACITY bytes) otherwise.

typedef struct {
  uint32_t width;
  uint32_t height;
  int32_t bit_depth;
  /// PNG_SHIM_GREY ... PNG_SHIM_COLOR_ALPHA.
  int32_t color_type;
} PNGShimHeader;

enum {
  PNG_SHIM_GREY = 0,
  PNG_SHIM_COLOR = 2,
  PNG_SHIM_PALETTE = 3,
  PNG_SHIM_GREY_ALPHA = 4,
  PNG_SHIM_COLOR_ALPHA = 6,
};

enum {
  /// 8-bit RGB: palettes and grey expanded, 16-bit samples rounded to 8, alpha dropped.
  PNG_SHIM_RGB = 0,
  /// One byte a pixel, the stored grey level or palette index, unscaled.
  PNG_SHIM_STORED_8 = 1,
  /// 16-bit grey in the order of the machine.
  PNG_SHIM_STORED_16 = 2,
};

int png_shim_read_header(
    const uint8_t *bytes, size_t byte_count, PNGShimHeader *header, char *message);

/// Decodes into `samples`, rows of `row_byte_count` bytes, `row_count` of them.
int png_shim_decode(
    const uint8_t *bytes, size_t byte_count, int32_t form, uint8_t *samples,
    size_t row_byte_count, size_t row_count, char *message);

/// Encodes rows of 8-bit grey or RGB, or of 16-bit grey in the order of the machine.
/// `level` is zlib's 0...9; `filters` is a mask of PNG_FILTER_NONE (8) ... PNG_FILTER_PAETH (128).
/// `*encoded` is to be freed with png_shim_free; NULL after a failure.
int png_shim_encode(
    const uint8_t *samples, uint32_t width, uint32_t height, int32_t bit_depth, int32_t color_type,
    int32_t level, int32_t filters, uint8_t **encoded, size_t *encoded_count, char *message);

void png_shim_free(uint8_t *encoded);

/// Inflates a zlib stream into at most `capacity` bytes. Returns 1, 0 for damaged data, or -1 when
/// the result is larger than `capacity`.
int png_shim_inflate(
    const uint8_t *bytes, size_t byte_count, uint8_t *output, size_t capacity, size_t *output_count);

/// The CRC-32 of PNG chunks, continued from `crc` (0 to begin).
uint32_t png_shim_crc(uint32_t crc, const uint8_t *bytes, size_t byte_count);

#endif
