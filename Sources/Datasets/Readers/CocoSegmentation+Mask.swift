import Imaging
import Platform

extension CocoSegmentation {
  /// The pixels that the segmentation covers, as COCO's own tools rasterise it.
  ///
  /// - Parameters:
  ///   - image: gives the size.
  ///   - id: the annotation's, for messages.
  /// - Throws: ``ReportableError`` when it is damaged or of another size.
  public func runLengths(in image: CocoImage, ofAnnotation id: Int64) throws -> RunLengthMask {
    do {
      switch self {
      case .polygons(let parts):
        return try RunLengthMask(width: image.width, height: image.height, polygons: parts)
      case .runs(let counts, let height, let width):
        try Self.check(width, height, image)
        return try RunLengthMask(width: width, height: height, counts: counts)
      case .packedRuns(let text, let height, let width):
        try Self.check(width, height, image)
        return try RunLengthMask(width: width, height: height, compressed: text)
      }
    } catch let error as ReportableError {
      throw ReportableError(error.code, "annotation \(id): \(error.message)")
    }
  }

  private static func check(_ width: Int, _ height: Int, _ image: CocoImage) throws {
    guard width == image.width, height == image.height else {
      throw ReportableError(
        .badData,
        "its mask is \(width)x\(height) pixels, its image \(image.width)x\(image.height); "
          + "correct or remove that record")
    }
  }
}
