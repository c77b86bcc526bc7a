#include "CJPEGShim.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// A progressive file may repeat scans over the whole picture; real ones have about ten.
enum { MAXIMUM_SCAN_COUNT = 400 };

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf jump;
  char *message;
} ErrorManager;

static void fail(j_common_ptr codec) {
  ErrorManager *errors = (ErrorManager *)codec->err;
  char text[JMSG_LENGTH_MAX];
  errors->base.format_message(codec, text);
  snprintf(errors->message, CODEC_SHIM_MESSAGE_CAPACITY, "%s", text);
  longjmp(errors->jump, 1);
}

// Warnings about missing or undecodable samples are failures; those about odd markers are not.
static void note(j_common_ptr codec, int level) {
  if (level >= 0) return;
  switch (codec->err->msg_code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL:
      fail(codec);
      break;
    default:
      break;
  }
}

static void stay_silent(j_common_ptr codec) { (void)codec; }

static struct jpeg_error_mgr *begin_errors(ErrorManager *errors, char *message) {
  struct jpeg_error_mgr *base = jpeg_std_error(&errors->base);
  base->error_exit = fail;
  base->emit_message = note;
  base->output_message = stay_silent;
  errors->message = message;
  message[0] = 0;
  return base;
}

static void limit_scans(j_common_ptr codec) {
  if (((j_decompress_ptr)codec)->input_scan_number > MAXIMUM_SCAN_COUNT) {
    ErrorManager *errors = (ErrorManager *)codec->err;
    snprintf(
        errors->message, CODEC_SHIM_MESSAGE_CAPACITY, "More than %d scans", MAXIMUM_SCAN_COUNT);
    longjmp(errors->jump, 1);
  }
}

static void choose_output(struct jpeg_decompress_struct *codec) {
  int is_cmyk = codec->jpeg_color_space == JCS_CMYK || codec->jpeg_color_space == JCS_YCCK;
  codec->out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
}

int jpeg_shim_read_header(
    const uint8_t *bytes, size_t byte_count, JPEGShimHeader *header, char *message) {
  struct jpeg_decompress_struct codec;
  ErrorManager errors;
  memset(&codec, 0, sizeof codec);
  codec.err = begin_errors(&errors, message);
  if (setjmp(errors.jump)) {
    jpeg_destroy_decompress(&codec);
    return 0;
  }
  jpeg_create_decompress(&codec);
  jpeg_mem_src(&codec, bytes, byte_count);
  jpeg_read_header(&codec, TRUE);
  choose_output(&codec);
  header->width = (int32_t)codec.image_width;
  header->height = (int32_t)codec.image_height;
  header->channels = codec.out_color_space == JCS_CMYK ? 4 : 3;
  jpeg_destroy_decompress(&codec);
  return 1;
}

int jpeg_shim_decode(
    const uint8_t *bytes, size_t byte_count, uint8_t *samples, size_t sample_count, char *message) {
  struct jpeg_decompress_struct codec;
  struct jpeg_progress_mgr progress;
  ErrorManager errors;
  memset(&codec, 0, sizeof codec);
  memset(&progress, 0, sizeof progress);
  progress.progress_monitor = limit_scans;
  codec.err = begin_errors(&errors, message);
  if (setjmp(errors.jump)) {
    jpeg_destroy_decompress(&codec);
    return 0;
  }
  jpeg_create_decompress(&codec);
  codec.progress = &progress;
  jpeg_mem_src(&codec, bytes, byte_count);
  jpeg_read_header(&codec, TRUE);
  choose_output(&codec);
  jpeg_start_decompress(&codec);
  size_t row_byte_count = (size_t)codec.output_width * (size_t)codec.output_components;
  if (row_byte_count * codec.output_height != sample_count) {
    snprintf(message, CODEC_SHIM_MESSAGE_CAPACITY, "The size changed after the header");
    jpeg_destroy_decompress(&codec);
    return 0;
  }
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row = samples + row_byte_count * codec.output_scanline;
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
  jpeg_destroy_decompress(&codec);
  return 1;
}

// The library's own memory destination loses its buffer when it fails half-way; this one doesn't.
typedef struct {
  struct jpeg_destination_mgr base;
  uint8_t *bytes;
  size_t capacity;
} Destination;

enum { FIRST_CAPACITY = 1 << 16 };

static void start_output(j_compress_ptr codec) {
  Destination *output = (Destination *)codec->dest;
  output->bytes = (uint8_t *)malloc(FIRST_CAPACITY);
  if (!output->bytes) ERREXIT1(codec, JERR_OUT_OF_MEMORY, 10);
  output->capacity = FIRST_CAPACITY;
  output->base.next_output_byte = output->bytes;
  output->base.free_in_buffer = output->capacity;
}

static boolean grow_output(j_compress_ptr codec) {
  Destination *output = (Destination *)codec->dest;
  uint8_t *bytes = (uint8_t *)realloc(output->bytes, output->capacity * 2);
  if (!bytes) ERREXIT1(codec, JERR_OUT_OF_MEMORY, 10);
  output->bytes = bytes;
  output->base.next_output_byte = bytes + output->capacity;
  output->base.free_in_buffer = output->capacity;
  output->capacity *= 2;
  return TRUE;
}

static void finish_output(j_compress_ptr codec) { (void)codec; }

int jpeg_shim_encode(
    const uint8_t *samples, int32_t width, int32_t height, int32_t quality,
    uint8_t **encoded, size_t *encoded_count, char *message) {
  struct jpeg_compress_struct codec;
  ErrorManager errors;
  *encoded = NULL;
  *encoded_count = 0;
  memset(&codec, 0, sizeof codec);
  // On the heap, so that the jump can't restore an old copy of the buffer's address.
  Destination *const output = (Destination *)calloc(1, sizeof(Destination));
  if (!output) {
    snprintf(message, CODEC_SHIM_MESSAGE_CAPACITY, "Out of memory");
    return 0;
  }
  output->base.init_destination = start_output;
  output->base.empty_output_buffer = grow_output;
  output->base.term_destination = finish_output;
  codec.err = begin_errors(&errors, message);
  if (setjmp(errors.jump)) {
    jpeg_destroy_compress(&codec);
    free(output->bytes);
    free(output);
    return 0;
  }
  jpeg_create_compress(&codec);
  codec.dest = &output->base;
  codec.image_width = (JDIMENSION)width;
  codec.image_height = (JDIMENSION)height;
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, quality, TRUE);
  jpeg_start_compress(&codec, TRUE);
  size_t row_byte_count = (size_t)width * 3;
  while (codec.next_scanline < codec.image_height) {
    JSAMPROW row = (JSAMPROW)(samples + row_byte_count * codec.next_scanline);
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  *encoded = output->bytes;
  *encoded_count = output->capacity - output->base.free_in_buffer;
  jpeg_destroy_compress(&codec);
  free(output);
  return 1;
}

void jpeg_shim_free(uint8_t *encoded) { free(encoded); }
