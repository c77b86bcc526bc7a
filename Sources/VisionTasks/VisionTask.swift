import Imaging
import TensorCore

/// The four questions that can be asked of a picture.
public enum TaskKind: String, CaseIterable, Codable, Sendable, Hashable, CodingKeyRepresentable {
  case segmentation
  case detection
  case depth
  case classification
}

/// One way of asking and answering. Painting and reading live side by side; neither knows a model.
public protocol VisionTask: Sendable {
  /// What is known about a picture: the truth that a training target shows.
  associatedtype Annotation: Sendable
  /// What is read back from a painted picture.
  associatedtype Answer: Encodable & Sendable

  /// Which of the four this is.
  static var kind: TaskKind { get }

  /// The words that ask for `annotation`.
  ///
  /// - Parameters:
  ///   - annotation: gives the category and, for classification, the colours.
  ///   - phrasing: where the words come from; several candidates are drawn from uniformly.
  ///   - stream: advances by one draw, except for `.template`, which needs none.
  func instruction(
    for annotation: Annotation, phrasing: Phrasing, using stream: inout RandomStream
  ) -> Instruction

  /// The training target: `annotation` as a picture of the same size as `picture`.
  func paint(_ annotation: Annotation, on picture: Image) -> Image

  /// The answer that `painted` shows, at the size of `painted`.
  ///
  /// - Parameters:
  ///   - painted: a model's output (or a training target); noise, blur and compression are expected.
  ///   - picture: what the model was asked about.
  ///   - instruction: what the model was told.
  /// - Throws: ``ReportableError`` when `instruction` lacks something that reading needs.
  func read(_ painted: Image, of picture: Image, following instruction: Instruction) throws
    -> Answer

  /// `answer` drawn for people to look at, at the size of `picture`.
  func overlay(_ answer: Answer, on picture: Image) -> Image
}

/// Words for a model, and what they ask for.
public struct Instruction: Sendable, Codable, Hashable {
  /// The words, as the model gets them.
  public var text: String
  /// What is asked.
  public var task: TaskKind
  /// What it is asked about; nil for depth.
  public var category: String?
  /// The two colours of a classification.
  public var colors: VerdictColors?

  /// An instruction from its parts.
  public init(
    text: String, task: TaskKind, category: String? = nil, colors: VerdictColors? = nil
  ) {
    self.text = text
    self.task = task
    self.category = category
    self.colors = colors
  }
}

/// Where an instruction's words come from.
public enum Phrasing: Sendable {
  /// The one fixed sentence of the paper.
  case template
  /// This package's own paraphrases for training.
  case training
  /// This package's own paraphrases that training never sees.
  case heldOut
  /// The lines of a prompt file.
  case file(PromptFile)
}

extension Phrasing {
  /// One sentence for `task`, filled in.
  ///
  /// - Precondition: a file is of the same task.
  func instruction(
    _ task: TaskKind, category: String?, colors: VerdictColors?, using stream: inout RandomStream
  ) -> Instruction {
    let texts = InstructionTexts.of(task)
    let template: PromptTemplate
    switch self {
    case .template: template = texts.fixed
    case .training: template = stream.element(of: texts.training)
    case .heldOut: template = stream.element(of: texts.heldOut)
    case .file(let file): template = file.template(for: task, using: &stream)
    }
    let category = category.map(CategoryGrammar.tidied)
    let text = template.filled(
      category: category ?? "", positive: colors?.positive.name ?? "",
      negative: colors?.negative.name ?? "")
    return Instruction(text: text, task: task, category: category, colors: colors)
  }
}
