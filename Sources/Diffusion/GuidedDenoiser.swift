import Models
import Platform
import TensorCore

/// The UNet as a sampler sees it: from a noisy latent to the guided estimate of the clean one.
///
/// Everything that does not depend on the latent is computed once for all steps: the texts' keys and
/// values, and what the timesteps add to the network's maps. The branches are one batch, or one after
/// the other where memory for their maps is short.
public struct GuidedDenoiser: Sendable {
  private let unet: UNet
  private let prediction: Prediction
  private let branches: [Guidance.Branch]
  private let sampleCount: Int
  /// `[branches * N, h, w, L]`.
  private let pictures: Tensor
  private let context: TextContext
  private let timeShifts: TimeShifts
  /// Which of the shifts a timestep has.
  private let timestepIndices: [Double: Int]

  /// - Parameters:
  ///   - pictureLatent: `[N, h, w, L]`, the posterior's mean, not scaled.
  ///   - text: `[N, S, C]`.
  ///   - nullText: `[1, S, C]`, the encoding of the empty text.
  ///   - timesteps: those that it will be asked for; others are computed when they are.
  public init(
    _ unet: UNet, prediction: Prediction, guidance: Guidance, pictureLatent: Tensor,
    text: Tensor, nullText: Tensor, timesteps: [Double]
  ) {
    let sampleCount = text.shape[0]
    require(
      pictureLatent.shape[0] == sampleCount && nullText.shape[0] == 1,
      "\(pictureLatent.shape[0]) pictures, \(sampleCount) texts, \(nullText.shape[0]) null texts")
    self.unet = unet
    self.prediction = prediction
    self.sampleCount = sampleCount
    branches = guidance.branches
    let nothing = Tensor.zeros(pictureLatent.shape)
    let nullTexts = nullText.repeated(sampleCount)
    pictures = Tensor.batched(branches.map { $0.usesPicture ? pictureLatent : nothing })
    context = unet.context(of: Tensor.batched(branches.map { $0.usesText ? text : nullTexts }))
    // Neighbouring steps may be told of one timestep.
    let distinct = Set(timesteps).sorted()
    timeShifts = unet.timeShifts(of: distinct)
    timestepIndices = Dictionary(uniqueKeysWithValues: zip(distinct, distinct.indices))
  }

  /// - Parameters:
  ///   - x: `[N, h, w, L]`, `z_0 + sigma * e`. Only these channels are scaled for the network, never
  ///     the picture's.
  /// - Returns: the guided estimate of `z_0`, `[N, h, w, L]`.
  public func callAsFunction(_ x: Tensor, sigma: Double, timestep: Double) -> Tensor {
    let scaled = x * Float(NoiseSchedule.mixture(sigma: sigma).signal)
    let input = Tensor.concatenated(scaled.repeated(branches.count), pictures)
    let output = evaluate(input, timestep: timestep)
    // Estimates are affine in the network's answers and the weights add up to 1, so the answers
    // may be combined first.
    let combined = branches.enumerated().map { index, branch in
      output[leading: index * sampleCount..<(index + 1) * sampleCount] * Float(branch.weight)
    }
    guard let first = combined.first else { return x }
    return prediction.cleanEstimate(
      combined.dropFirst().reduce(first, +), x: x, sigma: sigma)
  }

  private func evaluate(_ input: Tensor, timestep: Double) -> Tensor {
    let (count, height, width) = (input.shape[0], input.shape[1], input.shape[2])
    let step = unet.configuration.samplesAtATime(latentPixelCount: height * width)
    func output(_ samples: Range<Int>) -> Tensor {
      unet(
        input[leading: samples], time: shifts(of: timestep, count: samples.count),
        context: context[samples: samples])
    }
    guard step < count else { return output(0..<count) }
    return Tensor.batched(
      stride(from: 0, to: count, by: step).map { output($0..<min(count, $0 + step)) })
  }

  private func shifts(of timestep: Double, count: Int) -> TimeShifts {
    timestepIndices[timestep].map { timeShifts.repeating($0, count: count) }
      ?? unet.timeShifts(of: Array(repeating: timestep, count: count))
  }
}
