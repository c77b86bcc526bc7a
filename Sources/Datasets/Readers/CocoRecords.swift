import Imaging

/// A picture of a COCO annotation file.
public struct CocoImage: Sendable, Hashable {
  /// Unique in its file; beyond 32 bits in some.
  public var id: Int64
  /// Below the folder of the pictures.
  public var fileName: String
  /// Pixels.
  public var width: Int
  /// Pixels.
  public var height: Int
}

/// A category of a COCO annotation file.
public struct CocoCategory: Sendable, Hashable {
  /// Not contiguous in the official files.
  public var id: Int64
  /// As instructions name it.
  public var name: String
  /// Empty where the file gives none.
  public var supercategory: String
  /// Names of the keypoints, in keypoint files.
  public var keypoints: [String] = []
  /// Pairs of keypoints that are joined, counted from 1.
  public var skeleton: [[Int]] = []
}

/// The outline of an instance, in one of the three forms that the field `segmentation` has.
public enum CocoSegmentation: Sendable, Hashable {
  /// Parts to be filled one by one and united: `[x0, y0, x1, y1, ...]` each.
  case polygons([[Double]])
  /// Run lengths down the columns, beginning with zeros.
  case runs([Int], height: Int, width: Int)
  /// Run lengths packed into printable characters.
  case packedRuns(String, height: Int, width: Int)
}

/// A keypoint of an instance.
public struct CocoKeypoint: Sendable, Hashable {
  /// Pixels from the left.
  public var x: Double
  /// Pixels from the top.
  public var y: Double
  /// 0 not labelled, 1 hidden, 2 visible.
  public var visibility: Int
}

/// An instance of a COCO annotation file.
public struct CocoAnnotation: Sendable, Hashable {
  /// Unique in its file; 900100184613 and the like for groups.
  public var id: Int64
  /// ``CocoImage/id``.
  public var imageID: Int64
  /// ``CocoCategory/id``.
  public var categoryID: Int64
  /// nil where the file gives none.
  public var segmentation: CocoSegmentation?
  /// Of the mask, in pixels.
  public var area: Double
  /// From `[x, y, width, height]`.
  public var box: Box
  /// A group whose members are not told apart.
  public var isCrowd: Bool
  /// Empty where the file gives none.
  public var keypoints: [CocoKeypoint] = []
}
