import Answering
import Datasets
import Imaging
import Platform
import TensorCore
import VisionTasks

/// Turns the annotations of a data set into questions with their truths.
///
/// Every category that a picture shows is asked for its mask and its boxes, depth once, and verdicts
/// about what is there and as much that is not. A question depends on the seed, the picture's id,
/// the task and the category: neither on the limit nor on what else is asked.
struct QuestionMaker {
  let source: any PictureSource
  let settings: QuestionSettings
  let phrasing: EvaluationPhrasing
  /// Names of categories as instructions spell them, in the source's order.
  let classes: [String]
  private let classIndices: [String: Int]

  init(
    _ source: any PictureSource, settings: QuestionSettings, phrasing: EvaluationPhrasing
  ) {
    self.source = source
    self.settings = settings
    self.phrasing = phrasing
    var classes: [String] = []
    var indices: [String: Int] = [:]
    for category in source.categories.map({ CategoryGrammar.tidied($0) })
    where indices[category] == nil {
      indices[category] = classes.count
      classes.append(category)
    }
    self.classes = classes
    classIndices = indices
  }

  /// All questions about picture `index` of the source.
  ///
  /// - Parameters:
  ///   - pictureNumber, firstNumber: what the picture and its first question are numbered.
  ///   - frame: how a picture of this width and height comes to the model's size for a task.
  func questions(
    at index: Int, pictureNumber: Int, firstNumber: Int,
    frame: (TaskKind, _ width: Int, _ height: Int) throws -> PictureFraming
  ) throws -> [EvaluationQuestion] {
    let image = try source.picture(at: index)
    let annotations = try source.annotations(at: index, of: image)
    let drafter = SampleDrafter(
      LoadedPicture(source: source, image: image, annotations: annotations),
      settings: BuildSettings(
        tasks: settings.tasks(of: source), variant: .fixed, seed: settings.seed,
        suite: settings.suite, palette: settings.palette,
        negativesPerPositive: settings.negativesPerPositive))
    let draft = try drafter.draft(at: index)
    // Tasks mostly share a framing: the picture is prepared once for each that there is.
    var pictures: [PictureFraming: EvaluatedPicture] = [:]
    let details =
      settings.rules == .standard
      ? try TruthDetails(source: source, index: index, picture: image) : TruthDetails()
    return try draft.samples.enumerated().map { offset, sample in
      let (task, category) = (sample.instruction.task, sample.instruction.category)
      let framing = try frame(task, image.width, image.height)
      let picture =
        pictures[framing]
        ?? EvaluatedPicture(
          number: pictureNumber, id: draft.id, image: image, framing: framing,
          prepared: framing.prepared(image))
      pictures[framing] = picture
      let key = [picture.id, task.rawValue, category ?? ""]
      return EvaluationQuestion(
        number: firstNumber + offset, picture: picture,
        instruction: words(for: sample, key: key),
        classIndex: try category.map { try classIndex(of: $0) },
        // Short enough to be typed again.
        seed: StableHash.of(["noise", "\(settings.seed)"] + key) >> 33,
        truth: try truth(of: sample, annotations: annotations, details: details),
        target: sample.target)
    }
  }

  private func classIndex(of category: String) throws -> Int {
    guard let index = classIndices[category] else {
      throw ReportableError(
        .internalFailure, "\(source.name) shows \"\(category)\" without listing that category")
    }
    return index
  }

  /// The question in the words of ``phrasing``; what is asked stays as drafted.
  private func words(for sample: SampleDraft, key: [String]) -> Instruction {
    let drafted = sample.instruction
    var stream = RandomStream(seed: settings.seed).substream(StableHash.of(["words"] + key))
    let phrasing = phrasing.phrasing(for: drafted.task)
    let category = drafted.category ?? ""
    let suite = settings.suite
    switch drafted.task {
    case .segmentation:
      return suite.segmentation.instruction(
        for: .init(category: category, masks: []), phrasing: phrasing, using: &stream)
    case .detection:
      return suite.detection.instruction(
        for: .init(category: category, boxes: []), phrasing: phrasing, using: &stream)
    case .depth:
      return suite.depth.instruction(
        for: .init(metres: Plane(width: 1, height: 1, repeating: 0)), phrasing: phrasing,
        using: &stream)
    case .classification:
      guard let colors = drafted.colors else { return drafted }
      return suite.classification.instruction(
        for: .init(category: category, isPresent: sample.isPresent == true, colors: colors),
        phrasing: phrasing, using: &stream)
    }
  }

  private func truth(
    of sample: SampleDraft, annotations: PictureAnnotations, details: TruthDetails
  ) throws -> EvaluationTruth {
    let category = sample.instruction.category ?? ""
    switch sample.instruction.task {
    case .segmentation:
      let isInside = (0..<(sample.target.width * sample.target.height)).map {
        sample.target.pixels[3 * $0] == 255
      }
      return .mask(
        Mask(width: sample.target.width, height: sample.target.height, elements: isInside),
        ignored: details.ignored(category))
    case .detection:
      let index = try classIndex(of: category)
      return .boxes(
        details.boxes(category, classIndex: index)
          ?? (sample.boxes ?? []).map { TruthBox(classIndex: index, box: $0) })
    case .depth:
      guard let depth = annotations.depth else {
        throw ReportableError(
          .internalFailure, "\(source.name) drafts depth without having any")
      }
      return .depth(depth)
    case .classification:
      return .verdict(sample.isPresent == true)
    }
  }
}

/// A source of which one picture has been read, so that it isn't read twice.
private struct LoadedPicture: PictureSource {
  let source: any PictureSource
  let image: Image
  let annotations: PictureAnnotations

  var name: String { source.name }
  var pictureCount: Int { source.pictureCount }
  var tasks: Set<TaskKind> { source.tasks }
  var categories: [String] { source.categories }

  func pictureID(at index: Int) -> String { source.pictureID(at: index) }
  func picturePath(at index: Int) throws -> String? { try source.picturePath(at: index) }
  func picture(at index: Int) throws -> Image { image }
  func annotations(at index: Int, of picture: Image) throws -> PictureAnnotations { annotations }
  func folderName(_ sample: SampleIdentity) -> String { source.folderName(sample) }
}
