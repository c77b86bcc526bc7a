import Imaging
import VisionTasks

/// An annotated data set as the builder sees it: pictures, each with what is known about it in the
/// terms of the four tasks.
public protocol PictureSource: Sendable {
  /// "coco", "ade20k", ...; goes into the index of a built set.
  var name: String { get }
  /// Pictures are numbered from 0.
  var pictureCount: Int { get }
  /// The tasks that the annotations can answer.
  var tasks: Set<TaskKind> { get }
  /// Every category that occurs in some picture, in a fixed order; what a picture can lack.
  var categories: [String] { get }

  /// The picture's name in folder names; unique in the source, and the same in every run.
  func pictureID(at index: Int) -> String
  /// The picture's file; nil when pictures are made on the spot.
  func picturePath(at index: Int) throws -> String?
  /// Files that must be there for a picture's annotations, besides those that opening the source
  /// has read.
  func annotationPaths(at index: Int) throws -> [String]
  /// The picture itself, in the orientation that the annotations refer to.
  func picture(at index: Int) throws -> Image
  /// What is known about a picture.
  ///
  /// - Parameter picture: the picture at `index`, for its size.
  func annotations(at index: Int, of picture: Image) throws -> PictureAnnotations
  /// The name of a sample's folder, in the spelling that the data set has in InstructCV's layout.
  func folderName(_ sample: SampleIdentity) -> String
}

/// What is known about one picture. Fields of tasks that the source can't answer stay empty.
public struct PictureAnnotations: Sendable {
  /// The masks of one category.
  public struct Region: Sendable {
    /// What is masked.
    public var category: String
    /// One mask an instance, or one for all.
    public var masks: [Mask]

    /// The masks of `category`.
    public init(category: String, masks: [Mask]) {
      self.category = category
      self.masks = masks
    }
  }

  /// The boxes of one category.
  public struct Boxes: Sendable {
    /// What is boxed.
    public var category: String
    /// All instances.
    public var boxes: [Box]

    /// The boxes of `category`.
    public init(category: String, boxes: [Box]) {
      self.category = category
      self.boxes = boxes
    }
  }

  /// One entry a category.
  public var regions: [Region] = []
  /// One entry a category.
  public var boxes: [Boxes] = []
  /// Metres; 0 where unknown.
  public var depth: Plane<Float>?
  /// Categories that are in the picture.
  public var present: [String] = []

  /// Nothing known yet.
  public init() {}
}

/// What tells a sample from all others of its source.
public struct SampleIdentity: Sendable, Hashable {
  /// ``PictureSource/pictureID(at:)``.
  public var pictureID: String
  /// What is asked.
  public var task: TaskKind
  /// What it is asked about; nil for depth.
  public var category: String?
  /// For classification: whether the category is there.
  public var isPresent: Bool?
  /// For classification of an absent category: one that is there instead.
  public var companion: String?
  /// For classification: the colours of yes and no.
  public var colors: VerdictColors?
  /// Position among the picture's positive, or negative, classification samples, from 1.
  public var number: Int

  /// An identity from its parts.
  public init(
    pictureID: String, task: TaskKind, category: String? = nil, isPresent: Bool? = nil,
    companion: String? = nil, colors: VerdictColors? = nil, number: Int = 1
  ) {
    self.pictureID = pictureID
    self.task = task
    self.category = category
    self.isPresent = isPresent
    self.companion = companion
    self.colors = colors
    self.number = number
  }
}

extension PictureSource {
  /// The picture as its file stores it: annotations don't follow a camera's orientation note.
  public func picture(at index: Int) throws -> Image {
    guard let path = try picturePath(at: index) else {
      preconditionFailure("a source without files makes its pictures itself")
    }
    return try PictureFile.read(path, orientation: .stored)
  }

  /// None.
  public func annotationPaths(at index: Int) throws -> [String] { [] }

  /// COCO's spelling: `<id>_det_<category>`, `<id>_seg_<category>`, `<id>_cls_<category>_pos`,
  /// `<id>_cls_<category>_neg_<absent category>`; and `<id>_depes`, as NYU's.
  public func folderName(_ sample: SampleIdentity) -> String {
    let category = FolderName.safe(sample.category ?? "")
    switch sample.task {
    case .detection: return "\(sample.pictureID)_det_\(category)"
    case .segmentation: return "\(sample.pictureID)_seg_\(category)"
    case .depth: return "\(sample.pictureID)_depes"
    case .classification:
      if sample.isPresent == true { return "\(sample.pictureID)_cls_\(category)_pos" }
      let companion = FolderName.safe(sample.companion ?? "none")
      return "\(sample.pictureID)_cls_\(companion)_neg_\(category)"
    }
  }
}

/// Category names as parts of folder names.
enum FolderName {
  /// `text` without what would leave or hide a folder.
  static func safe(_ text: String) -> String {
    let allowed = text.map { $0 == "/" || $0 == "\0" || $0.isNewline ? "-" : $0 }
    return String(allowed.prefix(100))
  }
}
