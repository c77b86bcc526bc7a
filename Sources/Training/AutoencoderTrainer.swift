import Imaging
import Layers
import Models
import Platform
import TensorCore
import VisionTasks

/// Trains the autoencoder on crops of pictures and of painted targets: absolute and squared error
/// plus a light Kullback-Leibler term that keeps latents near the unit normal.
package final class AutoencoderTrainer: TrainingStage {
  package let name = "autoencoder"
  package let model: Autoencoder
  package let optimizer: Optimizer
  private let configuration: TrainingConfiguration
  private let fingerprint: String
  private let groups: ExampleGroups
  private let load: (Int) throws -> Image
  private var order: BalancedOrder
  private var done = 0

  /// - Parameters:
  ///   - groups: numbers of pictures by kind.
  ///   - load: the picture of a number, `model.picture_size` pixels a side; called from several
  ///     threads.
  package init(
    _ configuration: TrainingConfiguration, fingerprint: String, groups: ExampleGroups,
    load: @escaping (Int) throws -> Image
  ) throws {
    self.configuration = configuration
    self.fingerprint = fingerprint
    self.groups = groups
    self.load = load
    order = BalancedOrder(groups: groups, seed: configuration.seed)
    guard !order.isEmpty else {
      throw ReportableError(
        .badData, "autoencoder.shares gives no share to any kind of picture that is there",
        path: configuration.data.root)
    }
    model = try Autoencoder(
      configuration.model.autoencoderConfiguration, weights: .random(seed: configuration.seed),
      purpose: .training)
    optimizer = Optimizer(
      model.parameters.parameters, configuration: configuration.autoencoder.optimizer)
  }

  package var totalSteps: Int { configuration.autoencoder.steps }
  package var parameters: ParameterList { model.parameters }

  package var state: TrainingState {
    get {
      TrainingState(
        stage: name, step: done, updateCount: optimizer.updateCount, positions: order.positions,
        seed: configuration.seed, fingerprint: fingerprint)
    }
    set {
      order = BalancedOrder(groups: groups, seed: configuration.seed, positions: newValue.positions)
      done = newValue.step
    }
  }

  /// One crop of a batch, drawn before any picture is read.
  private struct Draw {
    let picture: Int
    let left: Int
    let top: Int
    let isMirrored: Bool
  }

  package func advance() throws -> StepReport {
    let stage = configuration.autoencoder
    var stream = RandomStream(seed: configuration.seed, stream: 0x6175_746f)
      .substream(UInt64(done))
    let x = try crops(using: &stream)
    let latentSize = stage.crop / configuration.model.latentFactor
    let latentShape: Shape = [
      stage.batch, latentSize, latentSize, configuration.model.latentChannels,
    ]
    let noise = Tensor.normal(latentShape, using: &stream)

    let objective = AutoencoderObjective(stage)
    let rate = stage.optimizer.rate(step: done, totalSteps: stage.steps)
    let step = try optimizer.beginStep(learningRate: rate)
    let (loss, parts) = objective.differentiate(
      model, pictures: x, noise: noise, backward: step.backward)
    let norm = try step.finish()
    done += 1
    return StepReport(
      step: done, loss: loss, parts: parts, learningRate: rate, gradientNorm: norm,
      exampleCount: stage.batch)
  }

  /// `[batch, crop, crop, 3]`.
  private func crops(using stream: inout RandomStream) throws -> Tensor {
    let stage = configuration.autoencoder
    let places = 0..<(configuration.model.pictureSize - stage.crop + 1)
    let draws = (0..<stage.batch).map { _ in
      Draw(
        picture: order.next(), left: stream.integer(in: places), top: stream.integer(in: places),
        isMirrored: stream.uniform() < configuration.data.flip)
    }
    let crops = try PictureLoading.parallel(stage.batch) { position -> Tensor in
      let draw = draws[position]
      let crop = try self.load(draw.picture)
        .cropped(x: draw.left, y: draw.top, width: stage.crop, height: stage.crop)
      return (draw.isMirrored ? crop.flippedHorizontally() : crop).tensor
    }
    return Tensor.stacked(crops).reshaped([stage.batch, stage.crop, stage.crop, 3])
  }
}
