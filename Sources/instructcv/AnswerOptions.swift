import Answering
import ArgumentParser
import Diffusion
import Kernels
import Platform
import VisionTasks

/// Options for how answers are made; what is left out comes from the preset, and without one from the
/// model's card. Numbers are taken whatever they begin with: a minus starts no option there.
struct AnswerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Sampler, steps, guidance, resolution and framing as a method's authors set them for each "
        + "task: \(AnswerPreset.all.map(\.name).joined(separator: ", ")). The options below win over "
        + "it, and it wins over the model's own."))
  var preset: String?

  @Option(
    parsing: .unconditional,
    help: "Decides the noise; the same seed gives the same picture (default: 0).")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Makes the seed's noise: \(AnswerSettings.rngNames.joined(separator: ", or as ")) does it "
        + "(default: philox)."))
  var rng: String?

  @Option(
    help: ArgumentHelp(
      "What the model's matrices are kept in: fp32; bf16, rounded, at half the memory; int8 at a "
        + "quarter, with rounded activations too (default: fp32)."))
  var precision: WeightPrecision?

  @Option(parsing: .unconditional, help: "Sampler steps (default: the model's).")
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "One of \(SamplerMethod.all.map(\.name).joined(separator: ", ")) (default: the model's)."))
  var sampler: String?

  @Option(
    help: ArgumentHelp(
      "Spacing of the sampler's noise levels, one of "
        + "\(SamplerSpacing.allCases.map(\.rawValue).joined(separator: ", ")) "
        + "(default: the model's for its own sampler, or the sampler's)."))
  var spacing: String?

  @Option(
    help: ArgumentHelp(
      "How the predictions are combined: \(AnswerSettings.guidanceNames.joined(separator: " or "))."
    ))
  var guidance: String?

  @Option(
    parsing: .unconditional,
    help: "How far the answer follows the instruction (default: the model's).")
  var textGuidance: Double?

  @Option(
    parsing: .unconditional, help: "How far the answer follows the picture (default: the model's).")
  var imageGuidance: Double?

  @Option(
    parsing: .unconditional,
    help: "The longer side that the model works at, pixels (default: the model's).")
  var resolution: Int?

  @Option(
    help: ArgumentHelp(
      "fit: keep the shape, cut to whole multiples, the short side rounded up; fit-inside: both "
        + "rounded down; squash, squash-bilinear: make it a square by "
        + "Lanczos or bilinearly (default: the model's)."
    ))
  var framing: String?

  /// The options that were given, as they are written.
  var given: [String] {
    [
      ("--preset", preset != nil), ("--seed", seed != nil), ("--rng", rng != nil),
      ("--precision", precision != nil),
      ("--steps", steps != nil),
      ("--sampler", sampler != nil), ("--spacing", spacing != nil), ("--guidance", guidance != nil),
      ("--text-guidance", textGuidance != nil),
      ("--image-guidance", imageGuidance != nil), ("--resolution", resolution != nil),
      ("--framing", framing != nil),
    ].filter(\.1).map(\.0)
  }

  /// Checks what can be checked without knowing the model.
  func check() throws { try settings(for: .standard).validate() }

  /// Says where the sampler that a model's scheduler asks for is not what answers.
  func warn(of sampler: StatedSampler?) {
    guard preset == nil, self.sampler == nil, let warning = sampler?.warning else { return }
    Console.warning(warning)
  }

  /// The preset's or the card's recommendations for each task with what was given in their place.
  func settingsByTask(for card: ModelCard) throws -> [TaskKind: AnswerSettings] {
    try Dictionary(
      uniqueKeysWithValues: TaskKind.allCases.map { ($0, try settings(for: card, task: $0)) })
  }

  /// The preset's or the card's recommendations with what was given in their place.
  func settings(for card: ModelCard, task: TaskKind? = nil) throws -> AnswerSettings {
    let advised = AnswerSettings(card, task: task, seed: seed ?? 0)
    var settings = advised
    if let preset { settings.follow(try AnswerPreset(named: preset), for: task) }
    if let rng { settings.rng = rng }
    if let precision { settings.precision = precision }
    if let sampler, sampler != settings.sampler {
      // Advice about another sampler's levels.
      (settings.sampler, settings.spacing) = (sampler, nil)
    }
    if let spacing { settings.spacing = spacing }
    if let steps { settings.steps = steps }
    if let resolution { settings.resolution = resolution }
    if let framing { settings.framing = framing }
    if let guidance, guidance != settings.guidance {
      settings.guidance = guidance
      // Scales mean something only in their own formula. Cards have them for the first one alone;
      // the other's are its authors'.
      (settings.textGuidance, settings.imageGuidance) =
        guidance == "instructdiffusion" ? (5, 1.25) : (advised.textGuidance, advised.imageGuidance)
    }
    if let textGuidance { settings.textGuidance = textGuidance }
    if let imageGuidance { settings.imageGuidance = imageGuidance }
    try settings.validate()
    return settings
  }
}

extension WeightPrecision: ExpressibleByArgument {}
