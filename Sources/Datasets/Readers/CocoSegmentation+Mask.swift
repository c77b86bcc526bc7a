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

  /// The pixels that a painted target shows: polygons with corners cut off to whole pixels, each
  /// filled with its outline as by OpenCV; run lengths as they are.
  ///
  /// Source: AlaaLab/InstructCV, `build_data`, 0c24fed.
  /// - Throws: as ``runLengths(in:ofAnnotation:)``.
  public func paintedMask(in image: CocoImage, ofAnnotation id: Int64) throws -> Mask {
    guard case .polygons(let parts) = self else {
      return try runLengths(in: image, ofAnnotation: id).mask
    }
    var mask = Mask(width: image.width, height: image.height, repeating: false)
    for part in parts {
      mask.fillPolygons([
        stride(from: 0, to: part.count - 1, by: 2).map {
          PixelPoint(truncating: part[$0], part[$0 + 1])
        }
      ])
    }
    return mask
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
