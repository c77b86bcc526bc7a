import Imaging
import Platform

/// An annotation file in COCO's format (`instances_*.json`, `person_keypoints_*.json`), read and
/// checked as a whole: unique ids, every instance of a known picture and category.
public struct CocoInstances: Sendable {
  /// In the order of the file.
  public let images: [CocoImage]
  /// In ascending order of ids.
  public let categories: [CocoCategory]
  /// In the order of the file.
  public let annotations: [CocoAnnotation]
  /// Where the pictures are.
  public let imagesFolder: String

  private let imageIndex: [Int64: Int]
  private let categoryIndex: [Int64: Int]
  /// Indices of ``annotations``, picture by picture.
  private let annotationIndices: [Int64: [Int]]

  /// The largest annotation file that is read; the official ones stay below 0.5 GB.
  public static let maximumByteCount = 2 << 30

  /// Reads the annotation file at `path`.
  ///
  /// - Parameter imagesFolder: where the file names of its pictures lead from.
  /// - Throws: ``ReportableError`` naming `path` and, for a bad record, its kind and id.
  public init(path: String, imagesFolder: String) throws {
    let bytes = try InputFile.bytes(at: path, maximumByteCount: Self.maximumByteCount)
    do {
      try self.init(bytes, imagesFolder: imagesFolder)
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  /// Reads the official layout: `annotations/instances_<split>.json` and the folder `<split>`.
  public init(root: String, split: String) throws {
    try self.init(
      path: ConfinedPath.join(root, "annotations/instances_\(split).json"),
      imagesFolder: ConfinedPath.join(root, split))
  }

  /// Reads the content of an annotation file.
  public init(_ bytes: [UInt8], imagesFolder: String) throws {
    var parser = CocoParser()
    try parser.parse(bytes)
    guard let images = parser.images, let annotations = parser.annotations,
      let categories = parser.categories
    else {
      let missing = [
        parser.images == nil ? "images" : nil, parser.annotations == nil ? "annotations" : nil,
        parser.categories == nil ? "categories" : nil,
      ].compactMap(\.self).joined(separator: ", ")
      throw ReportableError(
        .badData, "lacks \(missing); give an instances or person_keypoints file")
    }
    self.imagesFolder = imagesFolder
    self.images = images
    self.annotations = annotations
    self.categories = categories.sorted { $0.id < $1.id }
    imageIndex = try Self.index(images.map(\.id), of: "image")
    categoryIndex = try Self.index(self.categories.map(\.id), of: "category")
    _ = try Self.index(annotations.map(\.id), of: "annotation")
    var byImage: [Int64: [Int]] = [:]
    for (index, annotation) in annotations.enumerated() {
      guard imageIndex[annotation.imageID] != nil else {
        throw CocoParser.broken(
          "annotation", annotation.id, "is of image \(annotation.imageID), which is not listed")
      }
      guard categoryIndex[annotation.categoryID] != nil else {
        throw CocoParser.broken(
          "annotation", annotation.id,
          "is of category \(annotation.categoryID), which is not listed")
      }
      byImage[annotation.imageID, default: []].append(index)
    }
    annotationIndices = byImage
  }

  private static func index(_ ids: [Int64], of kind: String) throws -> [Int64: Int] {
    var index = [Int64: Int](minimumCapacity: ids.count)
    for (position, id) in ids.enumerated() {
      guard index.updateValue(position, forKey: id) == nil else {
        throw CocoParser.broken(kind, id, "is listed twice")
      }
    }
    return index
  }

  /// The picture with an id.
  public func image(_ id: Int64) -> CocoImage? { imageIndex[id].map { images[$0] } }

  /// The category with an id.
  public func category(_ id: Int64) -> CocoCategory? { categoryIndex[id].map { categories[$0] } }

  /// The instances in a picture, in the order of the file, groups included.
  public func annotations(ofImage id: Int64) -> [CocoAnnotation] {
    (annotationIndices[id] ?? []).map { annotations[$0] }
  }

  /// Where a picture's file is.
  ///
  /// - Throws: ``ReportableError`` when its name leads out of ``imagesFolder``.
  public func path(of image: CocoImage) throws -> String {
    do {
      return try ConfinedPath.join(imagesFolder, image.fileName)
    } catch let error as ReportableError {
      throw ReportableError(
        error.code, "image \(image.id) \(error.message)", path: error.path)
    }
  }
}
