import Imaging
import Platform
import VisionTasks

/// ADE20K scenes as a source: one mask a class, which is all instances at once.
public struct ADE20KSource: PictureSource {
  /// "ade20k".
  public let name = "ade20k"
  /// The scenes.
  public let scenes: ADE20KScenes

  /// The scenes of one split.
  public init(_ scenes: ADE20KScenes) { self.scenes = scenes }

  /// Pictures of the split.
  public var pictureCount: Int { scenes.scenes.count }
  /// Masks alone: its classes are mostly stuff, of which no picture is free for sure.
  public var tasks: Set<TaskKind> { [.segmentation] }
  /// The class list; which of them occur is known only from all pictures.
  public var categories: [String] { scenes.categories.map(\.name) }

  /// File name without its ending.
  public func pictureID(at index: Int) -> String { scenes.scenes[index].id }
  /// The picture's file.
  public func picturePath(at index: Int) throws -> String? { scenes.scenes[index].picturePath }

  /// The picture of labels.
  public func annotationPaths(at index: Int) throws -> [String] { [scenes.scenes[index].labelPath] }

  /// `<id>_<class with _ for blanks>_seg`.
  public func folderName(_ sample: SampleIdentity) -> String {
    let category = FolderName.safe(sample.category ?? "").map { $0 == " " ? "_" : $0 }
    return "\(sample.pictureID)_\(String(category))_seg"
  }

  /// Masks in ascending order of classes; classes of one name unite.
  public func annotations(at index: Int, of picture: Image) throws -> PictureAnnotations {
    let scene = scenes.scenes[index]
    let labels = try scenes.labels(of: scene)
    guard labels.width == picture.width, labels.height == picture.height else {
      throw ReportableError(
        .badData,
        "is \(labels.width)x\(labels.height) pixels for a picture of \(picture.width)x"
          + "\(picture.height); get the pair again", path: scene.labelPath)
    }
    let occurring = Set(labels.elements)
    var result = PictureAnnotations()
    for category in scenes.categories where occurring.contains(category.id) {
      let mask = labels.map { $0 == category.id }
      if let known = result.regions.firstIndex(where: { $0.category == category.name }) {
        result.regions[known].masks.append(mask)
      } else {
        result.present.append(category.name)
        result.regions.append(.init(category: category.name, masks: [mask]))
      }
    }
    return result
  }
}
