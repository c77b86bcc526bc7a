import CJPEGShim
import CPNG
import Platform

/// PNG files, through libpng; text chunks are read and written here.
public enum PNG {
  /// How much time goes into making the file small.
  public enum Effort: Sendable {
    /// Largest files, several times faster: for intermediate results.
    case fast
    case balanced
    /// For files that are shipped.
    case smallest

    fileprivate var level: Int32 {
      switch self {
      case .fast: 1
      case .balanced: 6
      case .smallest: 9
      }
    }

    fileprivate var filters: Int32 {
      switch self {
      case .fast: PNG_FILTER_SUB
      case .balanced, .smallest:
        PNG_FILTER_NONE | PNG_FILTER_SUB | PNG_FILTER_UP | PNG_FILTER_AVG | PNG_FILTER_PAETH
      }
    }
  }

  /// Writes `image` as 8-bit RGB to `path`, complete or not at all.
  ///
  /// - Parameter text: keywords (1 to 79 Latin-1 letters) with their texts, stored in this order.
  public static func write(
    _ image: Image, to path: String, text: [(keyword: String, text: String)] = [],
    effort: Effort = .balanced
  ) throws {
    try ReportableError.naming(path) {
      try AtomicFile.write(encode(image, text: text, effort: effort), to: path)
    }
  }

  /// Writes `plane` as 8-bit grey: label maps, masks.
  public static func write(
    _ plane: Plane<UInt8>, to path: String, text: [(keyword: String, text: String)] = [],
    effort: Effort = .balanced
  ) throws {
    try ReportableError.naming(path) {
      try AtomicFile.write(encode(plane, text: text, effort: effort), to: path)
    }
  }

  /// Writes `plane` as 16-bit grey: depth in millimetres.
  public static func write(
    _ plane: Plane<UInt16>, to path: String, text: [(keyword: String, text: String)] = [],
    effort: Effort = .balanced
  ) throws {
    try ReportableError.naming(path) {
      try AtomicFile.write(encode(plane, text: text, effort: effort), to: path)
    }
  }

  /// The content of an 8-bit RGB PNG file.
  public static func encode(
    _ image: Image, text: [(keyword: String, text: String)] = [], effort: Effort = .balanced
  ) throws -> [UInt8] {
    try image.pixels.withUnsafeBufferPointer {
      try encode(
        $0.baseAddress, width: image.width, height: image.height, bitDepth: 8,
        colorType: PNG_COLOR_TYPE_RGB, text: text, effort: effort)
    }
  }

  /// The content of an 8-bit grey PNG file.
  public static func encode(
    _ plane: Plane<UInt8>, text: [(keyword: String, text: String)] = [],
    effort: Effort = .balanced
  ) throws -> [UInt8] {
    try plane.elements.withUnsafeBufferPointer {
      try encode(
        $0.baseAddress, width: plane.width, height: plane.height, bitDepth: 8,
        colorType: PNG_COLOR_TYPE_GRAY, text: text, effort: effort)
    }
  }

  /// The content of a 16-bit grey PNG file.
  public static func encode(
    _ plane: Plane<UInt16>, text: [(keyword: String, text: String)] = [],
    effort: Effort = .balanced
  ) throws -> [UInt8] {
    try plane.elements.withUnsafeBytes {
      try encode(
        $0.bindMemory(to: UInt8.self).baseAddress, width: plane.width, height: plane.height,
        bitDepth: 16, colorType: PNG_COLOR_TYPE_GRAY, text: text, effort: effort)
    }
  }

  private static func encode(
    _ samples: UnsafePointer<UInt8>?, width: Int, height: Int, bitDepth: Int32, colorType: Int32,
    text: [(keyword: String, text: String)], effort: Effort
  ) throws -> [UInt8] {
    let textChunks = try text.flatMap { try textChunk(keyword: $0.keyword, text: $0.text) }
    guard width <= 1_000_000, height <= 1_000_000 else {
      throw ReportableError(
        .badData, "\(width)x\(height) pixels don't fit in a PNG file; scale the picture down")
    }
    var encoded: UnsafeMutablePointer<UInt8>?
    var encodedCount = 0
    try withCodecMessage("can't be encoded as PNG") { message in
      png_shim_encode(
        samples, UInt32(width), UInt32(height), bitDepth, colorType, effort.level, effort.filters,
        &encoded, &encodedCount, message)
    }
    defer { png_shim_free(encoded) }
    let content = UnsafeBufferPointer(start: encoded, count: encodedCount)
    // Behind the signature and the header, which is always 25 bytes long.
    let headerEnd = PNGChunks.signature.count + 25
    var file: [UInt8] = []
    file.reserveCapacity(content.count + textChunks.count)
    file += content[..<headerEnd]
    file += textChunks
    file += content[headerEnd...]
    return file
  }
}
