import Diffusion
import Platform
import TensorCore

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
    /// Share of each task among the examples drawn; where the table is given, tasks that it does
    /// not list are left out.
    public var taskShares: ShareTable = [
      "segmentation": 0.3, "detection": 0.3, "depth": 0.1, "classification": 0.3,
    ]
    /// Share of yes among the verdicts drawn; 0 leaves it to the data set.
    ///
    /// Which colour means yes and whether the thing is there decide a verdict together, so neither
    /// can be learned before the other while both answers are equally frequent.
    public var yesShare = 0.0
    /// Chance of a horizontal flip, the same for picture and target.
    public var flip = 0.5
    /// Pictures are first resized to a side drawn from this range, then cropped to
    /// `model.picture_size`; equal ends mean a plain resize.
    public var resizeMinimum = 0
    public var resizeMaximum = 0
    /// Uses at most this many samples; 0 means all.
    public var limit = 0

    enum CodingKeys: String, CodingKey {
      case root
      case taskShares = "task_shares"
      case yesShare = "yes_share"
      case flip
      case resizeMinimum = "resize_minimum"
      case resizeMaximum = "resize_maximum"
      case limit
    }
  }

  /// Training of the autoencoder on pictures and painted targets.
  public struct AutoencoderStage: Codable, Sendable, Equatable {
    public var steps = 6000
    public var batch = 16
    /// Sides of the random crops that it is trained on, pixels.
    public var crop = 64
    /// Share of each kind among the pictures drawn: `pictures` are the inputs, the others the
    /// painted targets of a task. Where the table is given, kinds that it does not list are left
    /// out; a kind without pictures leaves its share to the others.
    ///
    /// Outlines are the hardest to keep through the latent, solid colour blocks the easiest.
    public var shares: ShareTable = [
      "pictures": 0.4, "segmentation": 0.13, "detection": 0.3, "depth": 0.13,
      "classification": 0.04,
    ]
    /// Weight of the squared error beside the absolute error.
    public var squaredErrorWeight = 1.0
    /// Weight of the Kullback-Leibler term (mean per latent element).
    public var divergenceWeight = 1e-4
    public var optimizer = OptimizerConfiguration()
    /// Uses the autoencoder of this model folder and trains none; empty trains one.
    public var pretrained = ""

    enum CodingKeys: String, CodingKey {
      case steps, batch, crop, shares
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
    /// Stretches the noise schedule so that nothing of the target is left at the last timestep.
    public var endsInPureNoise = false
    /// Share of the samples at the last timestep, from which a sampler starts: with few steps the
    /// first decides nearly everything.
    public var lastTimestepShare = 0.0
    /// The other timesteps are below this one. Just before a last timestep of pure noise the noise
    /// still tells something, and a network that learns to read it there reads it at the last too.
    public var timestepLimit = 1000
    /// Density of the other timesteps is proportional to `t` to this power; 0 is uniform.
    public var timestepPower = 1.0
    /// Weight of losses inside the UNet that lead to verdicts: one map is to tell where the thing
    /// asked for is, another whether it is anywhere. It needs a set that asks for masks, too.
    public var groundingWeight = 0.0
    /// Conditioning dropout, from one uniform draw: text alone, both, picture alone.
    public var dropText = 0.05
    public var dropBoth = 0.05
    public var dropPicture = 0.05
    /// Keeps only the inputs of the UNet's stages and computes the rest again for the backward:
    /// about a third more time for a fraction of the memory.
    public var gradientCheckpoints = false
    /// What the products of text encoder and UNet are computed in, forward and backward: `fp32`, or
    /// `bf16` with sums, weights and everything else in fp32. Processors that don't multiply bf16
    /// compute in fp32 either way.
    public var products = ProductPrecision.fp32
    public var optimizer = OptimizerConfiguration()
    /// Starts from the text encoder and UNet of this model folder; empty starts from random.
    public var initialModel = ""

    enum CodingKeys: String, CodingKey {
      case steps, batch, accumulation, prediction
      case endsInPureNoise = "ends_in_pure_noise"
      case lastTimestepShare = "last_timestep_share"
      case timestepLimit = "timestep_limit"
      case timestepPower = "timestep_power"
      case groundingWeight = "grounding_weight"
      case dropText = "drop_text"
      case dropBoth = "drop_both"
      case dropPicture = "drop_picture"
      case gradientCheckpoints = "gradient_checkpoints"
      case products, optimizer
      case initialModel = "initial_model"
    }

    /// The schedule that is trained, and that the model is written with.
    var schedule: ScheduleConfiguration {
      ScheduleConfiguration(prediction: prediction, endsInPureNoise: endsInPureNoise)
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
}
