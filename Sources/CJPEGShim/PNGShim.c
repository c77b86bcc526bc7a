#include "PNGShim.h"

#include "CJPEGShim.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

// What libpng may allocate for one ancillary chunk, and how many it may keep.
enum { MAXIMUM_CHUNK_BYTES = 8 << 20, MAXIMUM_CHUNK_COUNT = 1000 };

static void fail(png_structp codec, png_const_charp text) {
  snprintf((char *)png_get_error_ptr(codec), CODEC_SHIM_MESSAGE_CAPACITY, "%s", text);
  png_longjmp(codec, 1);
}

static void stay_silent(png_structp codec, png_const_charp text) {
  (void)codec;
  (void)text;
}

typedef struct {
  const uint8_t *bytes;
  size_t remaining;
} Cursor;

static void take(png_structp codec, png_bytep destination, size_t count) {
  Cursor *cursor = (Cursor *)png_get_io_ptr(codec);
  if (count > cursor->remaining) png_error(codec, "Premature end of file");
  memcpy(destination, cursor->bytes, count);
  cursor->bytes += count;
  cursor->remaining -= count;
}

static void begin_reading(png_structp codec, png_infop info, Cursor *cursor) {
  png_set_crc_action(codec, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_chunk_malloc_max(codec, MAXIMUM_CHUNK_BYTES);
  png_set_chunk_cache_max(codec, MAXIMUM_CHUNK_COUNT);
  png_set_user_limits(codec, INT_MAX, INT_MAX);
  // Colour profiles, text and the like are none of this decoder's business.
  png_set_keep_unknown_chunks(codec, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_read_fn(codec, cursor, take);
  png_read_info(codec, info);
}

int png_shim_read_header(
    const uint8_t *bytes, size_t byte_count, PNGShimHeader *header, char *message) {
  Cursor cursor = {bytes, byte_count};
  png_infop volatile info = NULL;
  message[0] = 0;
  png_structp codec =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, message, fail, stay_silent);
  if (!codec) return 0;
  if (setjmp(png_jmpbuf(codec))) {
    png_infop created = info;
    png_destroy_read_struct(&codec, &created, NULL);
    return 0;
  }
  info = png_create_info_struct(codec);
  if (!info) png_error(codec, "Out of memory");
  begin_reading(codec, info, &cursor);
  header->width = png_get_image_width(codec, info);
  header->height = png_get_image_height(codec, info);
  header->bit_depth = png_get_bit_depth(codec, info);
  header->color_type = png_get_color_type(codec, info);
  png_infop created = info;
  png_destroy_read_struct(&codec, &created, NULL);
  return 1;
}

static void choose_form(png_structp codec, png_infop info, int32_t form) {
  switch (form) {
    case PNG_SHIM_STORED_8:
      png_set_packing(codec);
      break;
    case PNG_SHIM_STORED_16: {
      const uint16_t probe = 1;
      if (*(const uint8_t *)&probe == 1) png_set_swap(codec);
      break;
    }
    default:
      png_set_scale_16(codec);
      png_set_expand(codec);
      png_set_gray_to_rgb(codec);
      png_set_strip_alpha(codec);
      break;
  }
  png_set_interlace_handling(codec);
  png_read_update_info(codec, info);
}

int png_shim_decode(
    const uint8_t *bytes, size_t byte_count, int32_t form, uint8_t *samples,
    size_t row_byte_count, size_t row_count, char *message) {
  Cursor cursor = {bytes, byte_count};
  png_infop volatile info = NULL;
  png_bytepp volatile rows = NULL;
  message[0] = 0;
  png_structp codec =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, message, fail, stay_silent);
  if (!codec) return 0;
  if (setjmp(png_jmpbuf(codec))) {
    png_infop created = info;
    png_destroy_read_struct(&codec, &created, NULL);
    free(rows);
    return 0;
  }
  info = png_create_info_struct(codec);
  if (!info) png_error(codec, "Out of memory");
  begin_reading(codec, info, &cursor);
  choose_form(codec, info, form);
  if (png_get_rowbytes(codec, info) != row_byte_count ||
      png_get_image_height(codec, info) != row_count) {
    png_error(codec, "The samples have another form than expected");
  }
  rows = (png_bytepp)malloc(row_count * sizeof(png_bytep));
  if (!rows) png_error(codec, "Out of memory");
  for (size_t row = 0; row < row_count; row++) rows[row] = samples + row * row_byte_count;
  png_read_image(codec, rows);
  png_read_end(codec, NULL);
  png_infop created = info;
  png_destroy_read_struct(&codec, &created, NULL);
  free(rows);
  return 1;
}

typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} Output;

static void append(png_structp codec, png_bytep source, size_t count) {
  Output *output = (Output *)png_get_io_ptr(codec);
  if (count > output->capacity - output->count) {
    size_t capacity = output->capacity * 2 + count;
    uint8_t *bytes = (uint8_t *)realloc(output->bytes, capacity);
    if (!bytes) png_error(codec, "Out of memory");
    output->bytes = bytes;
    output->capacity = capacity;
  }
  memcpy(output->bytes + output->count, source, count);
  output->count += count;
}

static void flush_nothing(png_structp codec) { (void)codec; }

int png_shim_encode(
    const uint8_t *samples, uint32_t width, uint32_t height, int32_t bit_depth, int32_t color_type,
    int32_t level, int32_t filters, uint8_t **encoded, size_t *encoded_count, char *message) {
  png_infop volatile info = NULL;
  // On the heap, so that the jump can't restore an old copy of the buffer's address.
  Output *const output = (Output *)calloc(1, sizeof(Output));
  message[0] = 0;
  *encoded = NULL;
  *encoded_count = 0;
  png_structp codec =
      output ? png_create_write_struct(PNG_LIBPNG_VER_STRING, message, fail, stay_silent) : NULL;
  if (!codec) {
    free(output);
    return 0;
  }
  if (setjmp(png_jmpbuf(codec))) {
    png_infop created = info;
    png_destroy_write_struct(&codec, &created);
    free(output->bytes);
    free(output);
    return 0;
  }
  info = png_create_info_struct(codec);
  if (!info) png_error(codec, "Out of memory");
  png_set_write_fn(codec, output, append, flush_nothing);
  png_set_IHDR(
      codec, info, width, height, bit_depth, color_type, PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(codec, level);
  png_set_filter(codec, PNG_FILTER_TYPE_BASE, filters);
  png_write_info(codec, info);
  const uint16_t probe = 1;
  if (bit_depth == 16 && *(const uint8_t *)&probe == 1) png_set_swap(codec);
  size_t row_byte_count = png_get_rowbytes(codec, info);
  for (size_t row = 0; row < height; row++) {
    png_write_row(codec, samples + row * row_byte_count);
  }
  png_write_end(codec, info);
  png_infop created = info;
  png_destroy_write_struct(&codec, &created);
  *encoded = output->bytes;
  *encoded_count = output->count;
  free(output);
  return 1;
}

void png_shim_free(uint8_t *encoded) { free(encoded); }

int png_shim_inflate(
    const uint8_t *bytes, size_t byte_count, uint8_t *output, size_t capacity,
    size_t *output_count) {
  *output_count = 0;
  if (byte_count > UINT_MAX || capacity > UINT_MAX) return 0;
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (inflateInit(&stream) != Z_OK) return 0;
  stream.next_in = (Bytef *)bytes;
  stream.avail_in = (uInt)byte_count;
  stream.next_out = output;
  stream.avail_out = (uInt)capacity;
  int status = inflate(&stream, Z_FINISH);
  *output_count = stream.total_out;
  int is_full = stream.avail_out == 0;
  inflateEnd(&stream);
  if (status == Z_STREAM_END) return 1;
  return is_full ? -1 : 0;
}

uint32_t png_shim_crc(uint32_t crc, const uint8_t *bytes, size_t byte_count) {
  return (uint32_t)crc32_z(crc, bytes, byte_count);
}
