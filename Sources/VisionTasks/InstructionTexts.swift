/// The sentences that ask for one task: the paper's fixed one, and paraphrases in this package's own
/// words, split once and for all into those that training may use and those that it never sees.
public struct InstructionTexts: Sendable {
  /// The paper's sentence (section 4.1 of arXiv 2310.00390).
  public let fixed: PromptTemplate
  /// Paraphrases for training.
  public let training: [PromptTemplate]
  /// Paraphrases for evaluation alone.
  public let heldOut: [PromptTemplate]

  init(fixed: String, training: [String], heldOut: [String]) {
    self.fixed = PromptTemplate(builtIn: fixed)
    self.training = training.map { PromptTemplate(builtIn: $0) }
    self.heldOut = heldOut.map { PromptTemplate(builtIn: $0) }
  }

  /// All of them.
  public var all: [PromptTemplate] { [fixed] + training + heldOut }

  /// The sentences of `task`.
  public static func of(_ task: TaskKind) -> InstructionTexts {
    switch task {
    case .segmentation: segmentation
    case .detection: detection
    case .depth: depth
    case .classification: classification
    }
  }
}
