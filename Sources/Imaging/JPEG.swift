import CJPEGShim
import Platform

/// JPEG files, through libjpeg.
public enum JPEG {
  /// Writes `image` to `path`, complete or not at all.
  ///
  /// - Parameter quality: 1...100, the scale of libjpeg; colour is stored at half the resolution.
  public static func write(_ image: Image, to path: String, quality: Int = 75) throws {
    try ReportableError.naming(path) {
      try AtomicFile.write(encode(image, quality: quality), to: path)
    }
  }

  /// The content of a JPEG file with `image`; sides may be up to 65500 pixels.
  public static func encode(_ image: Image, quality: Int = 75) throws -> [UInt8] {
    require((1...100).contains(quality), "JPEG quality \(quality) is outside 1...100")
    guard image.width <= 65500, image.height <= 65500 else {
      throw ReportableError(
        .badData, "\(image.width)x\(image.height) pixels don't fit in a JPEG file; write a PNG")
    }
    var encoded: UnsafeMutablePointer<UInt8>?
    var encodedCount = 0
    try withCodecMessage("can't be encoded as JPEG") { message in
      jpeg_shim_encode(
        image.pixels, Int32(image.width), Int32(image.height), Int32(quality), &encoded,
        &encodedCount, message)
    }
    defer { jpeg_shim_free(encoded) }
    return Array(UnsafeBufferPointer(start: encoded, count: encodedCount))
  }

  static func decode(_ bytes: [UInt8], limit: PictureLimit) throws -> Image {
    var header = JPEGShimHeader()
    try withCodecMessage("is not a usable JPEG file") {
      jpeg_shim_read_header(bytes, bytes.count, &header, $0)
    }
    let (width, height) = (Int(header.width), Int(header.height))
    try limit.check(width: width, height: height)
    let sampleCount = width * height * Int(header.channels)
    let samples = try [UInt8](unsafeUninitializedCapacity: sampleCount) { buffer, count in
      try withCodecMessage("is a damaged or incomplete JPEG file; fetch it again") {
        jpeg_shim_decode(bytes, bytes.count, buffer.baseAddress, sampleCount, $0)
      }
      count = sampleCount
    }
    return Image(
      width: width, height: height,
      pixels: header.channels == 4 ? rgb(fromInvertedCMYK: samples) : samples)
  }

  /// Converts without a colour profile: what the inks leave of white, times what black leaves.
  private static func rgb(fromInvertedCMYK samples: [UInt8]) -> [UInt8] {
    let pixelCount = samples.count / 4
    return [UInt8](unsafeUninitializedCapacity: 3 * pixelCount) { output, count in
      for pixel in 0..<pixelCount {
        let light = Int(samples[4 * pixel + 3])
        for channel in 0..<3 {
          let ink = 255 - Int(samples[4 * pixel + channel])
          output[3 * pixel + channel] = UInt8(light - (ink * light + 127) / 255)
        }
      }
      count = 3 * pixelCount
    }
  }
}
