import Imaging
import Platform
import VisionTasks

/// Oxford-IIIT Pet as a source: masks of the animal, boxes of its head, and which animal it is.
public struct OxfordPetSource: PictureSource {
  /// What classification asks about.
  public enum Question: Sendable {
    /// "cat" or "dog".
    case species
    /// One of up to 37 breeds.
    case breed
  }

  /// "oxford-pets".
  public let name = "oxford-pets"
  /// The pictures.
  public let pets: OxfordPets
  /// The names that classification asks about.
  public let categories: [String]
  private let question: Question

  /// The pictures of one list.
  public init(_ pets: OxfordPets, question: Question = .species) {
    self.pets = pets
    self.question = question
    switch question {
    case .species: categories = ["cat", "dog"]
    case .breed: categories = Set(pets.entries.map(\.breed)).sorted()
    }
  }

  /// Pictures of the list.
  public var pictureCount: Int { pets.entries.count }
  /// All but distances.
  public var tasks: Set<TaskKind> { [.segmentation, .detection, .classification] }

  /// "Abyssinian_106".
  public func pictureID(at index: Int) -> String { pets.entries[index].id }
  /// The picture's file.
  public func picturePath(at index: Int) throws -> String? {
    pets.picturePath(of: pets.entries[index])
  }

  /// The trimap.
  public func annotationPaths(at index: Int) throws -> [String] {
    [pets.trimapPath(of: pets.entries[index])]
  }

  /// Verdicts: `<id>_<colour of yes>_<colour of no>_cls_pos_<n>` or `..._neg_<n>`; otherwise COCO's
  /// spelling.
  public func folderName(_ sample: SampleIdentity) -> String {
    let category = FolderName.safe(sample.category ?? "")
    switch sample.task {
    case .classification:
      let colors = sample.colors.map { "\($0.positive.name)_\($0.negative.name)_" } ?? ""
      let verdict = sample.isPresent == true ? "pos" : "neg"
      return "\(sample.pictureID)_\(colors)cls_\(verdict)_\(sample.number)"
    case .detection: return "\(sample.pictureID)_det_\(category)"
    case .segmentation: return "\(sample.pictureID)_seg_\(category)"
    case .depth: return "\(sample.pictureID)_depes"
    }
  }

  /// The mask is the animal without the trimap's border.
  public func annotations(at index: Int, of picture: Image) throws -> PictureAnnotations {
    let entry = pets.entries[index]
    let trimap = try pets.trimap(of: entry)
    guard trimap.width == picture.width, trimap.height == picture.height else {
      throw ReportableError(
        .badData,
        "is \(picture.width)x\(picture.height) pixels, its trimap \(trimap.width)x"
          + "\(trimap.height); get the pair again", path: pets.picturePath(of: entry))
    }
    var result = PictureAnnotations()
    let species = entry.species.name
    result.regions = [
      .init(category: species, masks: [trimap.map { $0 == OxfordPets.Region.pet.rawValue }])
    ]
    if let boxes = try pets.headBoxes(of: entry), !boxes.isEmpty {
      result.boxes = [.init(category: species, boxes: boxes)]
    }
    result.present = [question == .species ? species : entry.breed]
    return result
  }
}
