import Imaging
import Platform

/// Depth maps in PNG files.
public enum DepthMap {
  /// What a sample stands for.
  public enum Encoding: Sendable {
    /// 16 bits, millimetres.
    case millimetres
    /// 8 bits, 255 for 10 metres.
    case tenMetres
    /// Whichever of the two the file's bit depth says.
    case byBitDepth
  }

  /// The depth map in the file at `path`, in metres; 0 where nothing was measured.
  ///
  /// - Throws: ``ReportableError`` naming `path`, also when the file is of the other encoding.
  public static func read(_ path: String, encoding: Encoding = .byBitDepth) throws -> Plane<Float> {
    switch encoding {
    case .millimetres:
      return try PNG.readGray16(path).map { Float($0) / 1000 }
    case .tenMetres:
      return try PNG.readIndices(path).map { Float($0) * 10 / 255 }
    case .byBitDepth:
      return try read(path, encoding: isSixteenBit(path) ? .millimetres : .tenMetres)
    }
  }

  /// The depth map of `picture`, which has its size.
  static func read(_ path: String, encoding: Encoding, matching picture: Image) throws
    -> Plane<Float>
  {
    let depth = try read(path, encoding: encoding)
    guard depth.width == picture.width, depth.height == picture.height else {
      throw ReportableError(
        .badData,
        "is \(depth.width)x\(depth.height) pixels for a picture of \(picture.width)x"
          + "\(picture.height); get the pair again", path: path)
    }
    return depth
  }

  /// The header's bit depth stands at a fixed place, behind signature, length, type and size.
  private static func isSixteenBit(_ path: String) throws -> Bool {
    let bytes = try InputFile.bytes(
      at: path, maximumByteCount: PictureLimit.standard.maximumByteCount)
    return bytes.count > 24 && bytes[24] == 16
  }
}
