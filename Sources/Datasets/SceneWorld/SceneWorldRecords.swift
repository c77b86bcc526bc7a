import Imaging

/// The annotation files of a written SceneWorld, in COCO's words.
struct SceneInstancesFile: Encodable {
  var info: Info
  var images: [ImageRecord]
  var annotations: [InstanceRecord]
  var categories: [CategoryRecord]

  struct Info: Encodable {
    var description: String
    var version: String
  }

  struct ImageRecord: Encodable {
    var id: Int64
    var fileName: String
    var width: Int
    var height: Int

    private enum CodingKeys: String, CodingKey {
      case id, width, height
      case fileName = "file_name"
    }
  }

  struct CategoryRecord: Encodable {
    var id: Int
    var name: String
    var supercategory: String
    var keypoints: [String]?
    var skeleton: [[Int]]?

    init(_ category: SceneCategory, withKeypoints: Bool) {
      id = category.id
      name = category.name
      supercategory = category.shape.rawValue
      if withKeypoints {
        keypoints = SceneKeypoint.Name.allCases.map(\.rawValue)
        // Top to bottom and left to right, counted from 1.
        skeleton = [[1, 2], [3, 4]]
      }
    }
  }

  struct InstanceRecord: Encodable {
    var id: Int64
    var imageID: Int64
    var categoryID: Int
    var segmentation: Segmentation
    var area: Int
    /// Left, top, width, height.
    var bbox: [Double]
    var iscrowd = 0
    var keypoints: [Double]?
    var keypointCount: Int?

    init(_ instance: SceneInstance, number: Int, imageID: Int64) {
      id = imageID * 10 + Int64(number)
      self.imageID = imageID
      categoryID = instance.category.id
      segmentation = Segmentation(instance.mask)
      area = instance.area
      let box = instance.box
      bbox = [box.left, box.top, box.width, box.height]
    }

    private enum CodingKeys: String, CodingKey {
      case id, segmentation, area, bbox, iscrowd, keypoints
      case imageID = "image_id"
      case categoryID = "category_id"
      case keypointCount = "num_keypoints"
    }

    mutating func add(_ points: [SceneKeypoint]) {
      keypoints = points.flatMap { [$0.x, $0.y, Double($0.visibility.rawValue)] }
      keypointCount = points.filter { $0.visibility != .absent }.count
    }
  }

  /// Run lengths as a compressed string: the exact mask, as the reference evaluator reads it for
  /// any annotation, crowd or not.
  struct Segmentation: Encodable {
    /// Height, width.
    var size: [Int]
    var counts: String

    init(_ mask: Mask) {
      size = [mask.height, mask.width]
      counts = RunLengthMask(mask).compressed
    }
  }
}

extension SceneSplit {
  /// COCO picture ids differ between splits, so that sets built of several never collide.
  func imageID(_ index: Int) -> Int64 {
    let base: Int64 =
      switch self {
      case .train: 0
      case .val: 10_000_000
      case .valUnseen: 20_000_000
      }
    return base + Int64(index) + 1
  }

  /// The largest number of pictures before ids of two splits would meet.
  static let maximumCount = 9_999_999

  /// `000000000001.png`.
  func fileName(_ index: Int) -> String {
    let digits = String(imageID(index))
    return String(repeating: "0", count: max(0, 12 - digits.count)) + digits + ".png"
  }
}
