import Diffusion
import Platform
import TensorCore

/// Runs a model's parts on the inputs of a ``ReferenceFile`` and measures how far the results are
/// from the reference's.
public struct ModelCheck {
  /// The seed and the scales of reference trajectories.
  static let trajectorySeed: UInt64 = 0
  static let trajectoryGuidance = Guidance.instructPix2Pix(text: 7.5, image: 1.5)

  private let reference: ReferenceFile
  private let model: InstructModel
  private let tolerance: Double

  /// - Parameters:
  ///   - reference: checked against the outline of the same model before.
  ///   - tolerance: the largest relative error that passes.
  public init(_ reference: ReferenceFile, model: InstructModel, tolerance: Double) {
    self.reference = reference
    self.model = model
    self.tolerance = tolerance
  }

  /// - Parameter progress: called with the name of each item before it is computed.
  /// - Throws: ``ReportableError`` (`badData`) for a reference with numbers that can't be compared
  ///   with, and what `progress` throws.
  public func run(progress: (String) throws -> Void) throws -> [ModelCheckResult] {
    try reference.items.map { item in
      try progress(item.name)
      let finding =
        switch item {
        case .textStates: try textStates()
        case .latentMean: try latentMean()
        case .decodedPicture: try decodedPicture()
        case .prediction: try prediction()
        case .trajectory(let name, let method, let spacing, let stepCount):
          try trajectory(name, try plan(method, spacing, stepCount: stepCount))
        case .timesteps(let name, let method, let spacing):
          try timesteps(name, method, spacing)
        case .tokens: try tokens()
        case .noise(let name, let seed): try noise(name, seed: seed)
        }
      return ModelCheckResult(
        name: item.name, shape: reference.tensors[item.name]?.shape ?? [], finding: finding,
        tolerance: tolerance)
    }
  }

  private func textStates() throws -> ModelCheckResult.Finding {
    let encoder = model.pipeline.texts
    let vocabulary = 0..<encoder.configuration.vocabularySize
    let flat = try reference.integers("text.tokens", in: vocabulary).map { Int32($0) }
    let shape = try reference.tensors.entry("text.tokens").shape
    let rows = (0..<shape[0]).map { Array(flat[$0 * shape[1]..<($0 + 1) * shape[1]]) }
    return .relative(try reference.relativeError(of: encoder(rows), from: "text.states"))
  }

  private func latentMean() throws -> ModelCheckResult.Finding {
    let latent = model.pipeline.autoencoder.conditioningLatent(
      of: try reference.map("vae.picture"))
    return .relative(try reference.relativeError(of: latent, from: "vae.mean"))
  }

  private func decodedPicture() throws -> ModelCheckResult.Finding {
    let picture = model.pipeline.autoencoder.decode(try reference.map("vae.latent"))
    return .relative(try reference.relativeError(of: picture, from: "vae.decoded"))
  }

  private func prediction() throws -> ModelCheckResult.Finding {
    let output = model.pipeline.unet(
      try reference.map("unet.sample"), timesteps: try reference.timesteps("unet.timesteps"),
      text: try reference.rows("unet.context"))
    return .relative(try reference.relativeError(of: output, from: "unet.output"))
  }

  /// The largest error of any latent, each relative to its own size.
  private func trajectory(
    _ name: String, _ plan: SamplerPlan
  ) throws -> ModelCheckResult.Finding {
    let expected = try reference.map(name)
    var sampler = model.pipeline.run(
      pictureLatent: try reference.map("trajectory.picture"),
      text: try reference.rows("trajectory.context"),
      nullText: try reference.rows("trajectory.null_context"),
      guidance: Self.trajectoryGuidance, plan: plan,
      noise: TorchNoise(seed: Self.trajectorySeed))
    var largest = 0.0
    for index in 0..<expected.shape[0] {
      if index > 0 { _ = sampler.next() }
      let error = try reference.relativeError(
        of: sampler.latent, from: expected[leading: index..<index + 1], called: name)
      largest = max(largest, error)
    }
    return .relative(largest)
  }

  private func timesteps(
    _ name: String, _ method: SamplerMethod, _ spacing: SamplerSpacing
  ) throws -> ModelCheckResult.Finding {
    let expected = try reference.tensors.floats(name)
    let ours = try plan(method, spacing, stepCount: expected.count).timesteps.map { Float($0) }
    return .counted(differing: zip(ours, expected).count { $0 != $1 }, of: expected.count)
  }

  private func plan(
    _ method: SamplerMethod, _ spacing: SamplerSpacing, stepCount: Int
  ) throws -> SamplerPlan {
    try SamplerPlan(
      method, spacing: spacing, stepCount: stepCount, schedule: model.pipeline.schedule)
  }

  private func tokens() throws -> ModelCheckResult.Finding {
    let expected = try reference.tensors.integers("tokens.ids")
    let length = try reference.tensors.entry("tokens.ids").shape[1]
    let ours = reference.texts.flatMap { model.tokenizer.encode($0, length: length) }
    return .counted(differing: zip(ours, expected).count { Int($0) != $1 }, of: expected.count)
  }

  private func noise(_ name: String, seed: UInt64) throws -> ModelCheckResult.Finding {
    let expected = try reference.map(name)
    var noise = TorchNoise(seed: seed)
    var differing = 0
    for index in 0..<expected.shape[0] {
      let draw = expected[leading: index..<index + 1]
      differing += zip(noise.draw(draw.shape).floats, draw.floats).count {
        $0.bitPattern != $1.bitPattern
      }
    }
    return .counted(differing: differing, of: expected.count)
  }
}

extension ReferenceFile.Item {
  /// The tensor that is expected.
  var name: String {
    switch self {
    case .textStates: "text.states"
    case .latentMean: "vae.mean"
    case .decodedPicture: "vae.decoded"
    case .prediction: "unet.output"
    case .tokens: "tokens.ids"
    case .trajectory(let name, _, _, _), .timesteps(let name, _, _), .noise(let name, _): name
    }
  }
}
