import CJPEGShim
import Platform

extension PNG {
  /// The samples of a 16-bit grey PNG file as they are stored (depth maps).
  ///
  /// - Throws: ``ReportableError``, also for 8-bit files: whether their levels stand for the high
  ///   byte or for the whole number is not in the file (``readIndices(_:limit:)`` reads those).
  public static func readGray16(
    _ path: String, limit: PictureLimit = .standard
  ) throws -> Plane<UInt16> {
    let bytes = try InputFile.bytes(at: path, maximumByteCount: limit.maximumByteCount)
    return try ReportableError.naming(path) { try decodeGray16(bytes, limit: limit) }
  }

  /// The palette indices or grey levels of a PNG file of up to 8 bits as they are stored (label
  /// maps): palettes are not looked up, levels of 1, 2 and 4 bits are not stretched.
  ///
  /// - Throws: ``ReportableError``, also for files with colour, alpha or 16-bit samples.
  public static func readIndices(
    _ path: String, limit: PictureLimit = .standard
  ) throws -> Plane<UInt8> {
    let bytes = try InputFile.bytes(at: path, maximumByteCount: limit.maximumByteCount)
    return try ReportableError.naming(path) { try decodeIndices(bytes, limit: limit) }
  }

  static func decode(_ bytes: [UInt8], limit: PictureLimit) throws -> Image {
    let header = try header(of: bytes, limit: limit)
    let (width, height) = (Int(header.width), Int(header.height))
    let rowByteCount = 3 * width
    let pixels = try [UInt8](unsafeUninitializedCapacity: rowByteCount * height) { buffer, count in
      try decode(
        bytes, form: PNG_SHIM_RGB, into: buffer.baseAddress, rowByteCount: rowByteCount,
        rowCount: height)
      count = rowByteCount * height
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  static func decodeGray16(_ bytes: [UInt8], limit: PictureLimit) throws -> Plane<UInt16> {
    let header = try header(of: bytes, limit: limit)
    guard header.color_type == PNG_SHIM_GREY, header.bit_depth == 16 else {
      throw ReportableError(
        .badData, "has \(describe(header)) where 16-bit grey is needed; point to the depth map")
    }
    let (width, height) = (Int(header.width), Int(header.height))
    let elements = try [UInt16](unsafeUninitializedCapacity: width * height) { buffer, count in
      let raw = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt8.self)
      try decode(
        bytes, form: PNG_SHIM_STORED_16, into: raw.baseAddress, rowByteCount: 2 * width,
        rowCount: height)
      count = width * height
    }
    return Plane(width: width, height: height, elements: elements)
  }

  static func decodeIndices(_ bytes: [UInt8], limit: PictureLimit) throws -> Plane<UInt8> {
    let header = try header(of: bytes, limit: limit)
    let isSingleChannel =
      header.color_type == PNG_SHIM_GREY || header.color_type == PNG_SHIM_PALETTE
    guard isSingleChannel, header.bit_depth <= 8 else {
      throw ReportableError(
        .badData,
        """
        has \(describe(header)) where a label map (8-bit grey or palette) is needed; point to the \
        label map or convert it
        """)
    }
    let (width, height) = (Int(header.width), Int(header.height))
    let elements = try [UInt8](unsafeUninitializedCapacity: width * height) { buffer, count in
      try decode(
        bytes, form: PNG_SHIM_STORED_8, into: buffer.baseAddress, rowByteCount: width,
        rowCount: height)
      count = width * height
    }
    return Plane(width: width, height: height, elements: elements)
  }

  private static func header(of bytes: [UInt8], limit: PictureLimit) throws -> PNGShimHeader {
    let format = PictureFormat(of: bytes)
    guard format == .png else {
      throw ReportableError(.badData, "\(format.complaint) where a PNG file is needed")
    }
    var header = PNGShimHeader()
    try withCodecMessage("is not a usable PNG file") {
      png_shim_read_header(bytes, bytes.count, &header, $0)
    }
    try limit.check(width: Int(header.width), height: Int(header.height))
    return header
  }

  private static func decode(
    _ bytes: [UInt8], form: Int,
    into samples: UnsafeMutablePointer<UInt8>?,
    rowByteCount: Int, rowCount: Int
  ) throws {
    try withCodecMessage("is a damaged or incomplete PNG file; fetch it again") {
      png_shim_decode(
        bytes, bytes.count, Int32(form), samples, rowByteCount, rowCount, $0)
    }
  }

  private static func describe(_ header: PNGShimHeader) -> String {
    let kind =
      switch header.color_type {
      case Int32(PNG_SHIM_GREY): "grey"
      case Int32(PNG_SHIM_COLOR): "RGB"
      case Int32(PNG_SHIM_PALETTE): "palette"
      case Int32(PNG_SHIM_GREY_ALPHA): "grey and alpha"
      default: "RGBA"
      }
    return "\(header.bit_depth)-bit \(kind) samples"
  }
}
