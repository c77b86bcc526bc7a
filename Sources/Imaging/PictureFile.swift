import Platform

/// What a picture file may ask for at most, checked on its header before anything is allocated.
public struct PictureLimit: Sendable {
  /// The longest side, in pixels.
  public var maximumSide: Int
  /// The largest width x height.
  public var maximumPixelCount: Int
  /// The largest file.
  public var maximumByteCount: Int

  /// A limit in all three respects.
  public init(maximumSide: Int, maximumPixelCount: Int, maximumByteCount: Int) {
    self.maximumSide = maximumSide
    self.maximumPixelCount = maximumPixelCount
    self.maximumByteCount = maximumByteCount
  }

  /// Sides up to 8192 pixels, files up to 512 MiB.
  public static let standard = PictureLimit(
    maximumSide: 8192, maximumPixelCount: 8192 * 8192, maximumByteCount: 512 << 20)

  /// - Throws: ``ReportableError`` when a picture of this size is refused.
  func check(width: Int, height: Int) throws {
    guard width > 0, height > 0 else {
      throw ReportableError(.badData, "is a picture without pixels (\(width)x\(height))")
    }
    guard width <= maximumSide, height <= maximumSide, width * height <= maximumPixelCount else {
      throw ReportableError(
        .badData,
        """
        is \(width)x\(height) pixels, more than the limit of \(maximumSide) a side and \
        \(maximumPixelCount) in all; scale it down first
        """)
    }
  }
}

/// Pictures in files: PNG and JPEG, recognised by their content, whatever the name says.
public enum PictureFile {
  /// What to do with the orientation that cameras note beside the pixels (EXIF tag 0x0112).
  public enum Orientation: Sendable {
    /// Turn the picture upright, as a viewer shows it.
    case applied
    /// Leave the pixels as they are stored: annotations of most data sets refer to these.
    case stored
  }

  /// The picture in the file at `path`, as 8-bit RGB.
  ///
  /// Grey and palette pictures are expanded, 16-bit samples rounded to 8 bits, CMYK converted
  /// without a profile and read as inverted, as Adobe stores it. Alpha is dropped, not composited:
  /// pixels keep the colour they have in the file, as with Pillow's `convert("RGB")`. Colour
  /// profiles and gamma are not applied.
  ///
  /// - Throws: ``ReportableError`` naming `path` when there is no file, it is no PNG or JPEG (the
  ///   message says what it looks like), it is larger than `limit`, ends early or is damaged.
  public static func read(
    _ path: String, orientation: Orientation = .applied, limit: PictureLimit = .standard
  ) throws -> Image {
    let bytes = try InputFile.bytes(at: path, maximumByteCount: limit.maximumByteCount)
    return try ReportableError.naming(path) {
      try decode(bytes, orientation: orientation, limit: limit)
    }
  }

  /// The picture in `bytes`, the content of a PNG or JPEG file; see ``read(_:orientation:limit:)``.
  public static func decode(
    _ bytes: [UInt8], orientation: Orientation = .applied, limit: PictureLimit = .standard
  ) throws -> Image {
    let image: Image
    let turn: PictureOrientation
    switch PictureFormat(of: bytes) {
    case .png:
      image = try PNG.decode(bytes, limit: limit)
      turn = orientation == .applied ? PictureOrientation(ofPNG: bytes) : .upright
    case .jpeg:
      image = try JPEG.decode(bytes, limit: limit)
      turn = orientation == .applied ? PictureOrientation(ofJPEG: bytes) : .upright
    case let other:
      throw ReportableError(.badData, "\(other.complaint); convert it to PNG or JPEG")
    }
    return image.oriented(turn)
  }
}

extension ReportableError {
  /// Runs `body`; what it throws without a path is said of `path`.
  static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }
}
