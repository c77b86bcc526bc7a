import Imaging
import Platform
import VisionTasks

/// COCO annotations as a source; also the files of a written SceneWorld, which have depth besides.
public struct CocoSource: PictureSource {
  /// "coco" or "sceneworld".
  public let name: String
  /// Categories with at least one annotation.
  public let categories: [String]
  /// The annotation file.
  public let instances: CocoInstances
  /// Folder of 16-bit depth maps in millimetres, named like the pictures.
  private let depthFolder: String?
  private let rule: MaskRule

  /// How outlines become pixels.
  public enum MaskRule: Sendable {
    /// As the targets of AlaaLab/InstructCV are painted; for building sets.
    case painted
    /// As COCO's own tools do it; for evaluation.
    case official
  }

  /// COCO, whose boxes of groups count as boxes and whose group masks don't count as masks, as in
  /// AlaaLab/InstructCV, `build_data`, 0c24fed.
  public init(_ instances: CocoInstances, masks rule: MaskRule) {
    self.init(instances, name: "coco", depthFolder: nil, masks: rule)
  }

  /// One split of a SceneWorld that ``SceneWorldWriter`` wrote.
  ///
  /// - Throws: ``ReportableError`` when it isn't there or not complete.
  public init(sceneWorld root: String, split: SceneSplit) throws {
    guard try SceneWorldManifest(root: root).complete else {
      throw ReportableError(
        .badData, "is only half written; run the command that writes it again", path: root)
    }
    self.init(
      try CocoInstances(root: root, split: split.rawValue), name: "sceneworld",
      depthFolder: root + "/depth/" + split.rawValue, masks: .official)
  }

  private init(
    _ instances: CocoInstances, name: String, depthFolder: String?, masks rule: MaskRule
  ) {
    self.instances = instances
    self.rule = rule
    self.name = name
    self.depthFolder = depthFolder
    let used = Set(instances.annotations.map(\.categoryID))
    categories = instances.categories.filter { used.contains($0.id) }.map(\.name)
  }

  /// Pictures of the annotation file.
  public var pictureCount: Int { instances.images.count }

  /// Depth only for SceneWorld.
  public var tasks: Set<TaskKind> {
    depthFolder == nil
      ? [.segmentation, .detection, .classification] : Set(TaskKind.allCases)
  }

  /// The id in twelve digits.
  public func pictureID(at index: Int) -> String {
    let digits = String(instances.images[index].id)
    return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  /// The picture's file.
  public func picturePath(at index: Int) throws -> String? {
    try instances.path(of: instances.images[index])
  }

  /// The depth map, where there are some.
  public func annotationPaths(at index: Int) throws -> [String] {
    try depthPath(of: instances.images[index]).map { [$0] } ?? []
  }

  private func depthPath(of image: CocoImage) throws -> String? {
    try depthFolder.map { try ConfinedPath.join($0, image.fileName) }
  }

  /// Masks, boxes and categories in ascending order of category ids.
  public func annotations(at index: Int, of picture: Image) throws -> PictureAnnotations {
    let image = instances.images[index]
    guard picture.width == image.width, picture.height == image.height else {
      throw ReportableError(
        .badData,
        "is \(picture.width)x\(picture.height) pixels, but image \(image.id) is annotated at "
          + "\(image.width)x\(image.height); get the file again",
        path: try instances.path(of: image))
    }
    var result = PictureAnnotations()
    let all = Dictionary(grouping: instances.annotations(ofImage: image.id), by: \.categoryID)
    for (categoryID, annotations) in all.sorted(by: { $0.key < $1.key }) {
      guard let category = instances.category(categoryID)?.name else { continue }
      result.present.append(category)
      result.boxes.append(.init(category: category, boxes: annotations.map(\.box)))
      let masks = try annotations.compactMap { annotation -> Mask? in
        guard !annotation.isCrowd, let segmentation = annotation.segmentation else { return nil }
        switch rule {
        case .painted: return try segmentation.paintedMask(in: image, ofAnnotation: annotation.id)
        case .official:
          return try segmentation.runLengths(in: image, ofAnnotation: annotation.id).mask
        }
      }
      if !masks.isEmpty { result.regions.append(.init(category: category, masks: masks)) }
    }
    if let file = try depthPath(of: image) {
      result.depth = try DepthMap.read(file, encoding: .millimetres, matching: picture)
    }
    return result
  }
}
