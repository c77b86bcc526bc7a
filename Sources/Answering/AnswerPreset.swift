import Diffusion
import Platform
import VisionTasks

/// The settings that a method's authors ask their models with, task by task.
///
/// All sample by k-diffusion's `sample_euler_ancestral` at `get_sigmas`' levels. Random numbers are
/// not among a preset's settings, nor is what the model's targets look like.
public struct AnswerPreset: Sendable {
  /// How one task is asked.
  public struct Way: Sendable, Hashable {
    public var sampler = SamplerMethod.eulerAncestral()
    public var spacing = SamplerSpacing.uniform
    public let steps: Int
    /// The formula and its scales.
    public let guidance: Guidance
    /// The longer side that the model works at, pixels.
    public let resolution: Int
    public let framing: PictureFraming.Rule
  }

  /// The name on the command line.
  public let name: String
  /// For the tasks that the authors give nothing else for, whether they know them or not.
  public let usual: Way
  /// For the tasks that are asked in another way.
  public let exceptions: [TaskKind: Way]

  /// How `task` is asked; the usual way for nil.
  public func way(of task: TaskKind?) -> Way { task.flatMap { exceptions[$0] } ?? usual }

  /// InstructCV's command line, asked about single pictures.
  ///
  /// Source: AlaaLab/InstructCV, `edit_cli.py`, 0c24fed: the defaults of its options. Its branch for
  /// classification squashes the picture first, the others fit it.
  ///
  /// Deviates: what ``PictureFraming`` and ``Imaging/Image/init(_:sample:)`` say of answers.
  static let instructCV = AnswerPreset(
    name: "instructcv",
    usual: Way(
      steps: 100, guidance: .instructPix2Pix(text: 7.5, image: 1.5), resolution: 512, framing: .fit),
    exceptions: [
      .classification: Way(
        steps: 100, guidance: .instructPix2Pix(text: 7.5, image: 1.5), resolution: 512,
        framing: .squashBilinear)
    ])

  /// InstructCV's answers about whole test sets, as its tables are made.
  ///
  /// Source: the steps are the paper's and the command line's, the scales the command line's. All of
  /// its benchmark branches squash. The paper works at 256 throughout, and so do the scripts
  /// of earlier revisions for segmentation and depth; for detection on COCO theirs say 512, which is
  /// followed here. Classification has the paper's 256: the scripts have one run at 128 and no other.
  ///
  /// Deviates: as ``instructCV``.
  static let instructCVBenchmark = AnswerPreset(
    name: "instructcv-benchmark",
    usual: Way(
      steps: 100, guidance: .instructPix2Pix(text: 7.5, image: 1.5), resolution: 256,
      framing: .squashBilinear),
    exceptions: [
      .detection: Way(
        steps: 100, guidance: .instructPix2Pix(text: 7.5, image: 1.5), resolution: 512,
        framing: .squashBilinear)
    ])

  /// InstructDiffusion's command line.
  ///
  /// Source: cientgu/InstructDiffusion, 435f0c3. Segmentation has the scales of the README's example;
  /// the others, for which nothing is recommended, have the defaults of `edit_cli.py`, which are also
  /// those recommended for editing. Steps and resolution are the same in both.
  ///
  /// Limitations: the scales for keypoints (6.0, 0.5) and watermarks (1.0, 1.0) belong to tasks that
  /// there are none of here.
  static let instructDiffusion = AnswerPreset(
    name: "instructdiffusion",
    usual: Way(
      steps: 100, guidance: .instructDiffusion(text: 5, image: 1.25), resolution: 512,
      framing: .fit),
    exceptions: [
      .segmentation: Way(
        steps: 100, guidance: .instructDiffusion(text: 7.5, image: 1.5), resolution: 512,
        framing: .fit)
    ])

  /// InstructDiffusion's demonstration, which asks everything alike.
  ///
  /// Source: cientgu/InstructDiffusion, `edit_app.py`, 435f0c3: where its controls stand at first.
  static let instructDiffusionDemo = AnswerPreset(
    name: "instructdiffusion-demo",
    usual: Way(
      steps: 50, guidance: .instructDiffusion(text: 7, image: 1.25), resolution: 512,
      framing: .fitInside),
    exceptions: [:])

  /// All presets.
  public static let all: [AnswerPreset] = [
    instructCV, instructCVBenchmark, instructDiffusion, instructDiffusionDemo,
  ]

  private init(name: String, usual: Way, exceptions: [TaskKind: Way]) {
    self.name = name
    self.usual = usual
    self.exceptions = exceptions
  }

  /// The preset of that name.
  ///
  /// - Throws: ``ReportableError`` (`usage`) listing the names.
  public init(named name: String) throws {
    guard let preset = Self.all.first(where: { $0.name == name }) else {
      throw ReportableError(
        .usage,
        "unknown preset \(quoted(name)); choose one of "
          + Self.all.map(\.name).joined(separator: ", "))
    }
    self = preset
  }
}
