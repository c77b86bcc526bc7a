import Imaging
import Platform

/// Turns the content of a COCO annotation file into records; each record is checked on its own.
struct CocoParser {
  private(set) var images: [CocoImage]?
  private(set) var annotations: [CocoAnnotation]?
  private(set) var categories: [CocoCategory]?

  /// The largest side of a picture that is believed.
  static let maximumSide = 65_535

  mutating func parse(_ bytes: [UInt8]) throws {
    var cursor = JSONCursor(bytes)
    try cursor.forEachMember { cursor, key in
      switch key {
      case "images": images = try Self.records(&cursor, "image", Self.image)
      case "annotations": annotations = try Self.records(&cursor, "annotation", Self.annotation)
      case "categories": categories = try Self.records(&cursor, "category", Self.category)
      default: try cursor.skip()
      }
    }
    try cursor.finish()
  }

  static func broken(_ kind: String, _ id: Int64, _ what: String) -> ReportableError {
    ReportableError(.badData, "\(kind) \(id) \(what); correct or remove that record")
  }

  private static func records<Record>(
    _ cursor: inout JSONCursor, _ kind: String,
    _ read: (inout JSONCursor, String) throws -> Record
  ) throws -> [Record] {
    var records: [Record] = []
    try cursor.forEachElement { cursor, index in
      records.append(try read(&cursor, "\(kind) record \(index) (from 0)"))
    }
    return records
  }

  /// A field that must be there.
  private static func needed<Value>(_ value: Value?, _ field: String, _ record: String) throws
    -> Value
  {
    guard let value else {
      throw ReportableError(
        .badData, "\(record) has no \"\(field)\"; correct or remove that record")
    }
    return value
  }

  // MARK: Pictures and categories

  private static func image(_ cursor: inout JSONCursor, _ record: String) throws -> CocoImage {
    var (id, name, width, height): (Int64?, String?, Int64?, Int64?)
    try cursor.forEachMember { cursor, key in
      switch key {
      case "id": id = try cursor.integer()
      case "file_name": name = try cursor.string()
      case "width": width = try cursor.integer()
      case "height": height = try cursor.integer()
      default: try cursor.skip()
      }
    }
    let image = CocoImage(
      id: try needed(id, "id", record), fileName: try needed(name, "file_name", record),
      width: Int(try needed(width, "width", record)),
      height: Int(try needed(height, "height", record)))
    guard (1...maximumSide).contains(image.width), (1...maximumSide).contains(image.height) else {
      throw broken("image", image.id, "can't be \(image.width)x\(image.height) pixels")
    }
    return image
  }

  private static func category(_ cursor: inout JSONCursor, _ record: String) throws -> CocoCategory
  {
    var (id, name, supercategory): (Int64?, String?, String?)
    var keypoints: [String] = []
    var skeleton: [[Int]] = []
    try cursor.forEachMember { cursor, key in
      switch key {
      case "id": id = try cursor.integer()
      case "name": name = try cursor.string()
      case "supercategory": supercategory = cursor.takeNull() ? nil : try cursor.string()
      case "keypoints":
        try cursor.forEachElement { cursor, _ in keypoints.append(try cursor.string()) }
      case "skeleton":
        try cursor.forEachElement { cursor, _ in
          var edge: [Int] = []
          try cursor.forEachElement { cursor, _ in edge.append(Int(try cursor.integer())) }
          skeleton.append(edge)
        }
      default: try cursor.skip()
      }
    }
    let category = CocoCategory(
      id: try needed(id, "id", record), name: try needed(name, "name", record),
      supercategory: supercategory ?? "", keypoints: keypoints, skeleton: skeleton)
    guard category.name.contains(where: { !$0.isWhitespace }) else {
      throw broken("category", category.id, "has an empty name")
    }
    guard
      skeleton.allSatisfy({ edge in
        edge.count == 2 && edge.allSatisfy { (1...max(1, keypoints.count)).contains($0) }
      })
    else {
      throw broken("category", category.id, "has a skeleton beyond its keypoints")
    }
    return category
  }

  // MARK: Instances

  /// Coordinates further out than this are taken for damage.
  private static let maximumCoordinate = 1e6

  private static func annotation(
    _ cursor: inout JSONCursor, _ record: String
  ) throws -> CocoAnnotation {
    var (id, imageID, categoryID): (Int64?, Int64?, Int64?)
    var (area, bbox, points): (Double?, [Double]?, [Double]?)
    var segmentation: CocoSegmentation?
    var isCrowd = false
    do {
      try cursor.forEachMember { cursor, key in
        switch key {
        case "id": id = try cursor.integer()
        case "image_id": imageID = try cursor.integer()
        case "category_id": categoryID = try cursor.integer()
        case "area": area = cursor.takeNull() ? nil : try cursor.number()
        case "bbox": bbox = try cursor.numbers()
        case "iscrowd":
          isCrowd =
            try cursor.kind() == .boolean ? try cursor.boolean() : try cursor.integer() != 0
        case "segmentation": segmentation = try self.segmentation(&cursor)
        case "keypoints": points = cursor.takeNull() ? nil : try cursor.numbers()
        default: try cursor.skip()
        }
      }
    } catch let error as ReportableError {
      throw ReportableError(
        error.code, "\(id.map { "annotation \($0)" } ?? record): \(error.message)")
    }
    let annotationID = try needed(id, "id", record)
    let name = "annotation \(annotationID)"
    let numbers = try needed(bbox, "bbox", name)
    guard numbers.count == 4 else {
      throw broken("annotation", annotationID, "has \(numbers.count) numbers as box, not 4")
    }
    guard numbers.allSatisfy({ abs($0) <= maximumCoordinate }) else {
      throw broken("annotation", annotationID, "has a box that no picture can hold")
    }
    guard numbers[2] >= 0, numbers[3] >= 0 else {
      throw broken(
        "annotation", annotationID, "has a box of \(numbers[2])x\(numbers[3]) pixels")
    }
    return CocoAnnotation(
      id: annotationID, imageID: try needed(imageID, "image_id", name),
      categoryID: try needed(categoryID, "category_id", name), segmentation: segmentation,
      area: area ?? numbers[2] * numbers[3],
      box: Box(
        left: numbers[0], top: numbers[1], right: numbers[0] + numbers[2],
        bottom: numbers[1] + numbers[3]), isCrowd: isCrowd,
      keypoints: try keypoints(points ?? [], annotationID))
  }

  private static func keypoints(_ numbers: [Double], _ id: Int64) throws -> [CocoKeypoint] {
    guard numbers.count % 3 == 0 else {
      throw broken("annotation", id, "has \(numbers.count) keypoint numbers, not triples")
    }
    return try stride(from: 0, to: numbers.count, by: 3).map { index in
      guard let visibility = Int(exactly: numbers[index + 2]), (0...2).contains(visibility) else {
        throw broken("annotation", id, "has a keypoint flag \(numbers[index + 2])")
      }
      return CocoKeypoint(x: numbers[index], y: numbers[index + 1], visibility: visibility)
    }
  }

  /// One of the three forms, told apart by what they look like.
  private static func segmentation(_ cursor: inout JSONCursor) throws -> CocoSegmentation? {
    switch try cursor.kind() {
    case .null:
      _ = cursor.takeNull()
      return nil
    case .array:
      var parts: [[Double]] = []
      try cursor.forEachElement { cursor, _ in
        let part = try cursor.numbers()
        guard part.count >= 4, part.count.isMultiple(of: 2) else {
          throw cursor.problem("a polygon of \(part.count) numbers stands before")
        }
        parts.append(part)
      }
      return .polygons(parts)
    case .object: return try runLengths(&cursor)
    default: throw cursor.problem("a polygon list or run lengths are missing")
    }
  }

  private static func runLengths(_ cursor: inout JSONCursor) throws -> CocoSegmentation {
    var size: [Double] = []
    var runs: [Int]?
    var packed: String?
    try cursor.forEachMember { cursor, key in
      switch key {
      case "size": size = try cursor.numbers()
      case "counts":
        if try cursor.kind() == .string {
          packed = try cursor.string()
        } else {
          var counts: [Int] = []
          try cursor.forEachElement { cursor, _ in counts.append(Int(try cursor.integer())) }
          runs = counts
        }
      default: try cursor.skip()
      }
    }
    guard size.count == 2, let height = Int(exactly: size[0]), let width = Int(exactly: size[1]),
      (1...maximumSide).contains(height), (1...maximumSide).contains(width)
    else { throw cursor.problem("the run lengths before it have no usable size") }
    if let packed { return .packedRuns(packed, height: height, width: width) }
    guard let runs else { throw cursor.problem("the run lengths before it have no counts") }
    var total = 0
    for run in runs {
      let (sum, overflow) = total.addingReportingOverflow(run)
      guard run >= 0, !overflow else { throw cursor.problem("a run length before it is wrong") }
      total = sum
    }
    guard total == height * width else {
      throw cursor.problem(
        "the run lengths before it cover \(total) pixels of \(height * width)")
    }
    return .runs(runs, height: height, width: width)
  }
}
