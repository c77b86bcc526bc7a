import Datasets
import Imaging
import VisionTasks

/// What a data set's own rules of scoring need beyond masks and boxes: groups, the areas of objects,
/// and pixels that nobody labelled.
struct TruthDetails {
  private var truths: [String: [CocoAnnotation]] = [:]
  private var groups: [String: Mask] = [:]
  /// Ignored whatever is asked.
  private var unlabelled: Mask?

  /// No details: everything counts.
  init() {}

  /// What `source` knows about picture `index`.
  init(source: any PictureSource, index: Int, picture: Image) throws {
    if let coco = source as? CocoSource {
      try read(coco.instances, image: coco.instances.images[index])
    } else if let scenes = (source as? ADE20KSource)?.scenes {
      unlabelled = try scenes.labels(of: scenes.scenes[index]).map { $0 == 0 }
    } else if let pets = (source as? OxfordPetSource)?.pets {
      unlabelled = try pets.trimap(of: pets.entries[index]).map {
        $0 == OxfordPets.Region.border.rawValue
      }
    }
    if unlabelled.map({ $0.width != picture.width || $0.height != picture.height }) == true {
      unlabelled = nil
    }
  }

  private mutating func read(_ instances: CocoInstances, image: CocoImage) throws {
    for annotation in instances.annotations(ofImage: image.id) {
      guard let name = instances.category(annotation.categoryID)?.name else { continue }
      let category = CategoryGrammar.tidied(name)
      truths[category, default: []].append(annotation)
      guard annotation.isCrowd, let segmentation = annotation.segmentation else { continue }
      let mask = try segmentation.runLengths(in: image, ofAnnotation: annotation.id).mask
      groups[category] = groups[category].map { $0.union(mask) } ?? mask
    }
  }

  /// Pixels that count nowhere when `category` is asked for.
  func ignored(_ category: String) -> Mask? {
    guard let group = groups[category] else { return unlabelled }
    return unlabelled.map { $0.union(group) } ?? group
  }

  /// The boxes of `category` with areas and groups; nil where the source has nothing to add.
  func boxes(_ category: String, classIndex: Int) -> [TruthBox]? {
    truths[category]?.map {
      TruthBox(classIndex: classIndex, box: $0.box, area: $0.area, isCrowd: $0.isCrowd)
    }
  }
}
