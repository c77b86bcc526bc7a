import Imaging
import Layers
import Models
import Platform
import TensorCore
import VisionTasks

/// Trains the autoencoder on crops of pictures and of painted targets: absolute and squared error
/// plus a light Kullback-Leibler term that keeps latents near the unit normal.
final class AutoencoderTrainer: TrainingStage {
  let name = "autoencoder"
  let model: Autoencoder
  let optimizer: Optimizer
  private let configuration: TrainingConfiguration
  private let fingerprint: String
  private let paths: [String]
  private var order: BalancedOrder
  private let groups: [(name: String, members: [Int], share: Double)]
  private(set) var step = 0

  /// - Parameters:
  ///   - groups: picture paths by kind (the photos, and the targets of each task), each kind drawn
  ///     with its share.
  init(
    _ configuration: TrainingConfiguration, fingerprint: String,
    groups: [(name: String, paths: [String], share: Double)]
  ) throws {
    self.configuration = configuration
    self.fingerprint = fingerprint
    var paths: [String] = []
    self.groups = groups.map { group in
      let start = paths.count
      paths += group.paths
      return (group.name, Array(start..<paths.count), group.share)
    }
    self.paths = paths
    order = BalancedOrder(groups: self.groups, seed: configuration.seed)
    require(!order.isEmpty, "an autoencoder can't be trained without pictures")
    model = try Autoencoder(
      configuration.model.autoencoderConfiguration, weights: .random(seed: configuration.seed),
      purpose: .training)
    optimizer = Optimizer(
      model.parameters.parameters, configuration: configuration.autoencoder.optimizer)
  }

  var totalSteps: Int { configuration.autoencoder.steps }

  func advance() throws -> StepReport {
    let stage = configuration.autoencoder
    var stream = RandomStream(seed: configuration.seed, stream: 0x6175_746f)
      .substream(UInt64(step))
    let size = configuration.model.pictureSize
    let draws = (0..<stage.batch).map { _ in
      (
        index: order.next(), left: stream.integer(in: 0..<(size - stage.crop + 1)),
        top: stream.integer(in: 0..<(size - stage.crop + 1)),
        isMirrored: stream.uniform() < configuration.data.flip
      )
    }
    let crops = try PictureLoading.parallel(stage.batch) { position -> Tensor in
      let draw = draws[position]
      let picture = try PictureLoading.square(self.paths[draw.index], side: size)
        .cropped(x: draw.left, y: draw.top, width: stage.crop, height: stage.crop)
      return (draw.isMirrored ? picture.flippedHorizontally() : picture).tensor
    }
    let x = Tensor.stacked(crops).reshaped([stage.batch, stage.crop, stage.crop, 3])
    let latentSize = stage.crop / configuration.model.latentFactor
    let latentShape: Shape = [
      stage.batch, latentSize, latentSize, configuration.model.latentChannels,
    ]
    let noise = Tensor.normal(latentShape, using: &stream)

    let objective = AutoencoderObjective(stage)
    let (loss, parts) = objective.accumulateGradients(of: model, pictures: x, noise: noise)
    let rate = stage.optimizer.rate(step: step, totalSteps: stage.steps)
    let norm = optimizer.step(learningRate: rate)
    step += 1
    return StepReport(
      step: step, loss: loss, parts: parts, learningRate: rate, gradientNorm: norm,
      exampleCount: stage.batch)
  }

  func save(to folder: CheckpointFolder) throws {
    try folder.save(
      TrainingState(
        stage: name, step: step, updateCount: optimizer.updateCount, positions: order.positions,
        seed: configuration.seed, fingerprint: fingerprint),
      parameters: model.parameters, optimizer: optimizer)
  }

  func restore(step: Int, from folder: CheckpointFolder) throws {
    let state = try folder.state(step: step)
    try state.check(stage: name, fingerprint: fingerprint, path: folder.path)
    try folder.restore(step: step, parameters: model.parameters, optimizer: optimizer)
    order = BalancedOrder(groups: groups, seed: configuration.seed, positions: state.positions)
    self.step = state.step
  }
}
