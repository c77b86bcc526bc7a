import Platform

/// Finds out what a free sentence asks: which task, about what, in which colours.
///
/// Sentences made from this package's templates are taken apart exactly. Any other sentence is
/// judged by the words in it; the parser would rather say that it is unsure than guess.
public struct InstructionParser: Sendable {
  /// The longest text that is looked at, in characters.
  public static let maximumLength = 10_000

  /// A parser for the four tasks.
  public init() {}

  /// What `text` asks; nil when that isn't clear.
  ///
  /// - Parameter task: what it asks, for whoever knows.
  /// - Throws: ``ReportableError`` (`usage`) when the text is empty or too long, or asks for a
  ///   verdict and names no colours, one colour twice, or colours that can be read both ways.
  public func parse(_ text: String, forcing task: TaskKind? = nil) throws -> Instruction? {
    let text = CategoryGrammar.tidied(text)
    guard !text.isEmpty else {
      throw ReportableError(.usage, "the instruction is empty; \(Self.examples)")
    }
    guard text.count <= Self.maximumLength else {
      throw ReportableError(
        .usage,
        "the instruction has \(text.count) characters; \(Self.maximumLength) are allowed")
    }
    let words = InstructionWords(text)
    if let (found, filling) = matchingTemplate(words), task == nil || task == found {
      return try instruction(
        text, found, category: filling.category, positive: filling.positive,
        negative: filling.negative)
    }
    guard let found = task ?? InstructionCues.task(of: words) else { return nil }
    switch found {
    case .depth:
      return Instruction(text: text, task: .depth)
    case .segmentation, .detection:
      return Instruction(
        text: text, task: found, category: InstructionCues.category(in: words, avoiding: []))
    case .classification:
      let colors = InstructionCues.colors(in: words)
      guard !colors.isUnclear else {
        throw ReportableError(
          .usage,
          "it is not clear which colour of \"\(text.prefix(80))\" stands for yes; say for example: "
            + "Display blue if the image contains a dog, else display red")
      }
      return try instruction(
        text, found,
        category: InstructionCues.category(in: words, avoiding: colors.places),
        positive: colors.positive, negative: colors.negative)
    }
  }

  /// What `text` asks, like ``parse(_:forcing:)``, but being unsure is an error.
  ///
  /// - Throws: ``ReportableError`` (`usage`), also when it isn't clear what is asked.
  public func instruction(from text: String, forcing task: TaskKind? = nil) throws -> Instruction {
    guard let instruction = try parse(text, forcing: task) else {
      throw ReportableError(
        .usage,
        "it is not clear what \"\(text.prefix(80))\" asks for; \(Self.examples); or name the task "
          + "with --task \(TaskKind.allCases.map(\.rawValue).joined(separator: "|"))")
    }
    return instruction
  }

  /// One example for each task, for messages.
  public static let examples =
    "ask for a mask (\"Segment the dog\"), boxes (\"Detect the dog\"), distances "
    + "(\"Estimate the depth of this image\") or a verdict "
    + "(\"Display blue if the image contains a dog, else display red\")"

  private func matchingTemplate(
    _ words: InstructionWords
  ) -> (TaskKind, InstructionPattern.Filling)? {
    for (task, pattern) in Self.patterns {
      if let filling = pattern.match(words) { return (task, filling) }
    }
    return nil
  }

  /// All templates of this package, those that say most first.
  private static let patterns: [(TaskKind, InstructionPattern)] =
    TaskKind.allCases
    .flatMap { task in
      InstructionTexts.of(task).all.map { (task, InstructionPattern($0)) }
    }
    .sorted { $0.1.fixedWordCount > $1.1.fixedWordCount }

  private func instruction(
    _ text: String, _ task: TaskKind, category: String?, positive: NamedColor?,
    negative: NamedColor?
  ) throws -> Instruction {
    guard task == .classification else {
      return Instruction(text: text, task: task, category: category)
    }
    let colors: VerdictColors
    switch (positive, negative) {
    case (nil, nil):
      throw ReportableError(
        .usage,
        "\"\(text.prefix(80))\" names no colours to answer in; say for example: Display blue if the "
          + "image contains a dog, else display red")
    case (let positive?, nil): colors = VerdictColors(positive: positive)
    case (nil, let negative?):
      colors = VerdictColors(
        positive: negative.color == NamedColor.black.color ? .white : .black, negative: negative)
    case (let positive?, let negative?):
      guard positive.color != negative.color else {
        throw ReportableError(
          .usage,
          "\(positive.name) for yes and \(negative.name) for no are the same colour; name two "
            + "different ones")
      }
      colors = VerdictColors(positive: positive, negative: negative)
    }
    return Instruction(text: text, task: task, category: category, colors: colors)
  }
}
