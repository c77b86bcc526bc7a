import Imaging
import Platform
import TensorCore
import VisionTasks

/// A training sample in memory: what to say about a picture and what shall come out.
public struct SampleDraft: Sendable {
  /// Its folder's name in the built layout; unique in the source.
  public var folder: String
  /// The words and what they ask for.
  public var instruction: Instruction
  /// For classification: whether the category is there.
  public var isPresent: Bool?
  /// For detection: the boxes.
  public var boxes: [Box]?
  /// The painted answer, of the picture's size.
  public var target: Image
}

/// A picture with all samples about it.
public struct DraftedPicture: Sendable {
  /// ``PictureSource/pictureID(at:)``.
  public var id: String
  /// The input of each sample.
  public var picture: Image
  /// In the order of tasks, then of categories.
  public var samples: [SampleDraft]
}

/// Makes samples of annotations, in memory. What is drawn for a sample depends on the seed, the
/// source's name, the picture's id, the task and the category, and on nothing else.
public struct SampleDrafter: Sendable {
  private let source: any PictureSource
  private let settings: BuildSettings

  /// A drafter for one source.
  public init(_ source: any PictureSource, settings: BuildSettings) {
    require((0...1000).contains(settings.absentPerPicture), "0 to 1000 absent categories a picture")
    require(
      settings.verdictPalette.count >= 2 && settings.negativesPerPositive >= 0
        && settings.negativesPerPositive <= 1000,
      "verdicts need two colours and 0 to 1000 negatives a positive")
    self.source = source
    self.settings = settings
  }

  /// All samples about picture `index` of the source.
  ///
  /// - Throws: ``ReportableError`` for unreadable pictures and annotations.
  public func draft(at index: Int) throws -> DraftedPicture {
    let picture = try source.picture(at: index)
    let annotations = try source.annotations(at: index, of: picture)
    let id = source.pictureID(at: index)
    var samples: [SampleDraft] = []
    for task in TaskKind.allCases
    where settings.tasks.contains(task) && source.tasks.contains(task) {
      switch task {
      case .segmentation:
        samples += annotations.regions.filter(\.hasPixels).map {
          segmentation($0, id: id, on: picture)
        }
        samples += absent(task, in: annotations, id: id).map {
          segmentation(.init(category: $0, masks: []), id: id, on: picture)
        }
      case .detection:
        samples += annotations.boxes.filter { !$0.boxes.isEmpty }.map {
          detection($0, id: id, on: picture)
        }
        samples += absent(task, in: annotations, id: id).map {
          detection(.init(category: $0, boxes: []), id: id, on: picture)
        }
      case .depth:
        if let depth = annotations.depth { samples.append(self.depth(depth, id: id, on: picture)) }
      case .classification:
        samples += classifications(present: annotations.present, id: id, on: picture)
      }
    }
    return DraftedPicture(id: id, picture: picture, samples: samples)
  }

  // MARK: Tasks

  private func segmentation(
    _ region: PictureAnnotations.Region, id: String, on picture: Image
  ) -> SampleDraft {
    let annotation = SegmentationTask.Annotation(category: region.category, masks: region.masks)
    let identity = SampleIdentity(pictureID: id, task: .segmentation, category: region.category)
    var stream = stream(for: identity)
    return SampleDraft(
      folder: source.folderName(identity),
      instruction: settings.suite.segmentation.instruction(
        for: annotation, phrasing: settings.variant.phrasing(for: .segmentation), using: &stream),
      target: settings.suite.segmentation.paint(annotation, on: picture))
  }

  private func detection(
    _ found: PictureAnnotations.Boxes, id: String, on picture: Image
  ) -> SampleDraft {
    let annotation = DetectionTask.Annotation(category: found.category, boxes: found.boxes)
    let identity = SampleIdentity(pictureID: id, task: .detection, category: found.category)
    var stream = stream(for: identity)
    return SampleDraft(
      folder: source.folderName(identity),
      instruction: settings.suite.detection.instruction(
        for: annotation, phrasing: settings.variant.phrasing(for: .detection), using: &stream),
      boxes: found.boxes, target: settings.suite.detection.paint(annotation, on: picture))
  }

  private func depth(_ metres: Plane<Float>, id: String, on picture: Image) -> SampleDraft {
    let annotation = DepthTask.Annotation(metres: metres)
    let identity = SampleIdentity(pictureID: id, task: .depth)
    var stream = stream(for: identity)
    return SampleDraft(
      folder: source.folderName(identity),
      instruction: settings.suite.depth.instruction(
        for: annotation, phrasing: settings.variant.phrasing(for: .depth), using: &stream),
      target: settings.suite.depth.paint(annotation, on: picture))
  }

  /// Categories that are not in the picture and are asked for all the same: the right answer shows
  /// nothing.
  private func absent(_ task: TaskKind, in annotations: PictureAnnotations, id: String) -> [String]
  {
    guard settings.absentPerPicture > 0 else { return [] }
    var stream = stream(for: SampleIdentity(pictureID: id, task: task))
    let isThere = Set(
      annotations.present + annotations.regions.map(\.category) + annotations.boxes.map(\.category))
    return Array(
      source.categories.filter { !isThere.contains($0) }.shuffled(using: &stream)
        .prefix(settings.absentPerPicture))
  }

  /// Positives for what is there, negatives for what is not; absent categories are drawn from those
  /// that other pictures of the source do have, so that absence can't be told from the name.
  private func classifications(
    present: [String], id: String, on picture: Image
  ) -> [SampleDraft] {
    var stream = stream(for: SampleIdentity(pictureID: id, task: .classification))
    var positives = present
    if let limit = settings.positivesPerPicture, positives.count > limit {
      positives = Array(positives.shuffled(using: &stream).prefix(max(0, limit)))
    }
    let expected = settings.negativesPerPositive * Double(max(positives.count, 1))
    let whole = Int(expected)
    let count = whole + (stream.uniform() < expected - Double(whole) ? 1 : 0)
    let isThere = Set(present)
    let absent = source.categories.filter { !isThere.contains($0) }
    let negatives = absent.shuffled(using: &stream).prefix(count)
    return positives.enumerated().map { index, category in
      classification(
        SampleIdentity(
          pictureID: id, task: .classification, category: category, isPresent: true,
          number: index + 1), on: picture)
    }
      + negatives.enumerated().map { index, category in
        classification(
          SampleIdentity(
            pictureID: id, task: .classification, category: category, isPresent: false,
            companion: positives.isEmpty ? nil : positives[index % positives.count],
            number: index + 1), on: picture)
      }
  }

  private func classification(_ identity: SampleIdentity, on picture: Image) -> SampleDraft {
    var stream = stream(for: identity)
    var identity = identity
    let colors = VerdictColors.random(from: settings.verdictPalette, using: &stream)
    identity.colors = colors
    let annotation = ClassificationTask.Annotation(
      category: identity.category ?? "", isPresent: identity.isPresent == true, colors: colors)
    return SampleDraft(
      folder: source.folderName(identity),
      instruction: settings.suite.classification.instruction(
        for: annotation, phrasing: settings.variant.phrasing(for: .classification), using: &stream),
      isPresent: annotation.isPresent,
      target: settings.suite.classification.paint(annotation, on: picture))
  }

  // MARK: Draws

  private func stream(for identity: SampleIdentity) -> RandomStream {
    let key = [
      source.name, identity.pictureID, identity.task.rawValue, identity.category ?? "",
    ].joined(separator: "\u{1F}")
    return RandomStream(seed: settings.seed).substream(StableHash.of(key))
  }
}

extension PictureAnnotations.Region {
  fileprivate var hasPixels: Bool { masks.contains { $0.elements.contains(true) } }
}

/// A hash that is the same in every run, unlike Swift's own: FNV-1a, 64 bits.
enum StableHash {
  static func of(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}
