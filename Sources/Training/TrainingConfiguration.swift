import Diffusion
import Platform

/// Everything a training run depends on, as its YAML file says it.
public struct TrainingConfiguration: Codable, Sendable, Equatable {
  public var name = "unnamed"
  /// All random numbers of the run follow from this.
  public var seed: UInt64 = 1
  public var model = ModelSizes()
  public var data = DataConfiguration()
  public var autoencoder = AutoencoderStage()
  public var denoiser = DenoiserStage()
  public var output = OutputConfiguration()

  public init() {}

  /// Where the examples come from and how they are mixed.
  public struct DataConfiguration: Codable, Sendable, Equatable {
    /// A folder made by `instructcv dataset build`.
    public var root = "data/sceneworld-built"
    /// Share of each task among the examples drawn; tasks that are not listed are left out.
    public var taskShares = [
      "segmentation": 0.3, "detection": 0.3, "depth": 0.1, "classification": 0.3,
    ]
    /// Chance of a horizontal flip, the same for picture and target.
    public var flip = 0.5
    /// Pictures are first resized to a side drawn from this range, then cropped to
    /// `model.picture_size`; equal ends mean a plain resize.
    public var resizeMinimum = 0
    public var resizeMaximum = 0
    /// Width of the box outlines in the targets, pixels; the model's card says it to readers.
    public var outlineWidth = 4
    /// Uses at most this many samples; 0 means all.
    public var limit = 0

    enum CodingKeys: String, CodingKey {
      case root
      case taskShares = "task_shares"
      case flip
      case resizeMinimum = "resize_minimum"
      case resizeMaximum = "resize_maximum"
      case outlineWidth = "outline_width"
      case limit
    }
  }

  /// Training of the autoencoder on pictures and painted targets.
  public struct AutoencoderStage: Codable, Sendable, Equatable {
    public var steps = 6000
    public var batch = 16
    /// Sides of the random crops that it is trained on, pixels.
    public var crop = 64
    /// Weight of the squared error beside the absolute error.
    public var squaredErrorWeight = 1.0
    /// Weight of the Kullback-Leibler term (mean per latent element).
    public var divergenceWeight = 1e-4
    public var optimizer = OptimizerConfiguration()
    /// Uses the autoencoder of this model folder and trains none; empty trains one.
    public var pretrained = ""

    enum CodingKeys: String, CodingKey {
      case steps, batch, crop
      case squaredErrorWeight = "squared_error_weight"
      case divergenceWeight = "divergence_weight"
      case optimizer, pretrained
    }
  }

  /// Training of the text encoder and the UNet on latents.
  public struct DenoiserStage: Codable, Sendable, Equatable {
    public var steps = 40000
    public var batch = 32
    /// Micro-batches whose gradients are added before a step.
    public var accumulation = 1
    public var prediction = Prediction.v
    /// Density of the timesteps is proportional to `t` to this power; 0 is uniform.
    public var timestepPower = 1.0
    /// Conditioning dropout, from one uniform draw: text alone, both, picture alone.
    public var dropText = 0.05
    public var dropBoth = 0.05
    public var dropPicture = 0.05
    public var optimizer = OptimizerConfiguration()
    /// Starts from the text encoder and UNet of this model folder; empty starts from random.
    public var initialModel = ""

    enum CodingKeys: String, CodingKey {
      case steps, batch, accumulation, prediction
      case timestepPower = "timestep_power"
      case dropText = "drop_text"
      case dropBoth = "drop_both"
      case dropPicture = "drop_picture"
      case optimizer
      case initialModel = "initial_model"
    }
  }

  /// What is written, and how often (in steps).
  public struct OutputConfiguration: Codable, Sendable, Equatable {
    public var checkpointEvery = 1000
    public var keptCheckpoints = 2
    public var sampleEvery = 2000
    public var sampleCount = 8
    /// Sampler steps of the sample pictures.
    public var sampleSteps = 8
    public var logEvery = 50

    enum CodingKeys: String, CodingKey {
      case checkpointEvery = "checkpoint_every"
      case keptCheckpoints = "kept_checkpoints"
      case sampleEvery = "sample_every"
      case sampleCount = "sample_count"
      case sampleSteps = "sample_steps"
      case logEvery = "log_every"
    }
  }

  /// Reads the file at `path`, applies `--set` overrides, and checks everything.
  ///
  /// - Throws: ``ReportableError``; all problems are listed together.
  public static func load(path: String, overrides: [String] = []) throws -> TrainingConfiguration {
    let configuration = try StrictYAML.decode(
      defaults: TrainingConfiguration(), text: InputFile.text(at: path, maximumByteCount: 1 << 20),
      overrides: overrides, path: path)
    let problems = configuration.problems()
    guard problems.isEmpty else {
      throw ReportableError(.badData, problems.joined(separator: "; "), path: path)
    }
    return configuration
  }

  /// Everything that makes no sense.
  public func problems() -> [String] {
    var problems = model.problems()
    func check(_ condition: Bool, _ text: String) { if !condition { problems.append(text) } }
    check(!data.taskShares.isEmpty, "data.task_shares needs at least one task")
    check(
      data.taskShares.values.allSatisfy { $0 >= 0 } && data.taskShares.values.contains { $0 > 0 },
      "data.task_shares must not be negative, and one must be positive")
    check((0...1).contains(data.flip), "data.flip must be within 0 and 1")
    check((1...64).contains(data.outlineWidth), "data.outline_width must be within 1 and 64")
    check(data.limit >= 0, "data.limit can't be negative")
    let resizes = data.resizeMinimum != 0 || data.resizeMaximum != 0
    check(
      !resizes
        || (data.resizeMinimum >= model.pictureSize && data.resizeMaximum >= data.resizeMinimum),
      "data.resize_minimum and _maximum must be ordered and at least model.picture_size")
    check(autoencoder.steps >= 0, "autoencoder.steps can't be negative")
    check(autoencoder.batch > 0, "autoencoder.batch must be positive")
    check(
      autoencoder.crop > 0 && autoencoder.crop <= model.pictureSize
        && autoencoder.crop % model.latentFactor == 0,
      "autoencoder.crop must be a multiple of \(model.latentFactor) up to the picture size")
    check(
      autoencoder.squaredErrorWeight >= 0 && autoencoder.divergenceWeight >= 0,
      "autoencoder weights can't be negative")
    check(denoiser.steps >= 0, "denoiser.steps can't be negative")
    check(
      denoiser.batch > 0 && denoiser.accumulation > 0,
      "denoiser.batch and .accumulation must be positive")
    check(
      (0...8).contains(denoiser.timestepPower), "denoiser.timestep_power must be within 0 and 8")
    let drops = [denoiser.dropText, denoiser.dropBoth, denoiser.dropPicture]
    check(
      drops.allSatisfy { $0 >= 0 } && drops.reduce(0, +) <= 1,
      "denoiser.drop_* can't be negative or add up to more than 1")
    check(
      output.checkpointEvery > 0 && output.logEvery > 0 && output.sampleEvery > 0,
      "output.*_every must be positive")
    check(
      output.keptCheckpoints > 0 && (0...64).contains(output.sampleCount)
        && (1...1000).contains(output.sampleSteps),
      "output.kept_checkpoints, .sample_count (up to 64) or .sample_steps is out of range")
    problems += autoencoder.optimizer.problems(at: "autoencoder.optimizer")
    problems += denoiser.optimizer.problems(at: "denoiser.optimizer")
    return problems
  }
}
