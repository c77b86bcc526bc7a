import Platform

extension TrainingConfiguration {
  /// Mappings of which a file lists what it wants, instead of changing single entries.
  static let tables: Set<String> = ["data.task_shares", "autoencoder.shares"]

  /// Reads the file at `path`, applies `--set` overrides, and checks everything.
  ///
  /// - Parameter path: the defaults alone when nil.
  /// - Throws: ``ReportableError``; all problems are listed together.
  public static func load(path: String?, overrides: [String] = []) throws -> TrainingConfiguration {
    let text = try path.map { try InputFile.text(at: $0, maximumByteCount: 1 << 20) } ?? "{}"
    let path = path ?? "default configuration"
    let configuration = try StrictYAML.decode(
      defaults: TrainingConfiguration(), text: text, overrides: overrides, tables: tables,
      path: path)
    let problems = configuration.problems()
    guard problems.isEmpty else {
      throw ReportableError(.badData, problems.joined(separator: "; "), path: path)
    }
    return configuration
  }

  /// Everything that makes no sense.
  public func problems() -> [String] {
    var problems = model.problems()
    // Other sizes are judged by those of the model.
    guard problems.isEmpty else { return problems }
    func check(_ condition: Bool, _ text: String) { if !condition { problems.append(text) } }
    check(!name.isEmpty && !name.contains("/"), "name must be a name without \"/\"")
    problems += data.problems(pictureSize: model.pictureSize)
    problems += autoencoder.problems(
      pictureSize: model.pictureSize, latentFactor: model.latentFactor)
    problems += denoiser.problems()
    check(
      denoiser.groundingWeight == 0 || data.resizeMaximum <= model.pictureSize,
      "denoiser.grounding_weight needs whole pictures: leave data.resize_* out")
    check(
      denoiser.initialModel.isEmpty || !autoencoder.pretrained.isEmpty,
      "denoiser.initial_model needs the autoencoder it was trained with: give its folder as "
        + "autoencoder.pretrained, too")
    check(
      output.checkpointEvery > 0 && output.logEvery > 0 && output.sampleEvery > 0,
      "output.*_every must be positive")
    check(
      (1...1000).contains(output.keptCheckpoints) && (0...64).contains(output.sampleCount)
        && (1...1000).contains(output.sampleSteps),
      "output.kept_checkpoints, .sample_count (up to 64) or .sample_steps is out of range")
    return problems
  }
}

extension TrainingConfiguration.DataConfiguration {
  func problems(pictureSize: Int) -> [String] {
    var problems = taskShares.problems(at: "data.task_shares")
    func check(_ condition: Bool, _ text: String) { if !condition { problems.append(text) } }
    check((0...1).contains(yesShare), "data.yes_share must be within 0 and 1")
    check((0...1).contains(flip), "data.flip must be within 0 and 1")
    check(limit >= 0, "data.limit can't be negative")
    let resizes = resizeMinimum != 0 || resizeMaximum != 0
    check(
      !resizes
        || (resizeMinimum >= pictureSize && resizeMaximum >= resizeMinimum
          && resizeMaximum <= 4096),
      "data.resize_minimum and _maximum must be ordered and within model.picture_size and 4096")
    return problems
  }
}

extension TrainingConfiguration.AutoencoderStage {
  func problems(pictureSize: Int, latentFactor: Int) -> [String] {
    var problems = shares.problems(at: "autoencoder.shares")
    func check(_ condition: Bool, _ text: String) { if !condition { problems.append(text) } }
    check(
      TrainingConfiguration.stepCounts.contains(steps),
      "autoencoder.steps must be within 0 and a thousand million")
    check((1...4096).contains(batch), "autoencoder.batch must be within 1 and 4096")
    check(
      crop > 0 && crop <= pictureSize && crop % latentFactor == 0,
      "autoencoder.crop must be a multiple of \(latentFactor) up to the picture size")
    check(
      squaredErrorWeight >= 0 && divergenceWeight >= 0 && squaredErrorWeight.isFinite
        && divergenceWeight.isFinite,
      "autoencoder.squared_error_weight and .divergence_weight can't be negative or endless")
    return problems + optimizer.problems(at: "autoencoder.optimizer")
  }
}

extension TrainingConfiguration.DenoiserStage {
  func problems() -> [String] {
    var problems: [String] = []
    func check(_ condition: Bool, _ text: String) { if !condition { problems.append(text) } }
    check(
      TrainingConfiguration.stepCounts.contains(steps),
      "denoiser.steps must be within 0 and a thousand million")
    check(
      (1...4096).contains(batch) && (1...4096).contains(accumulation),
      "denoiser.batch and .accumulation must be within 1 and 4096")
    check(
      (0...1).contains(lastTimestepShare), "denoiser.last_timestep_share must be within 0 and 1")
    check(
      (1...schedule.timestepCount).contains(timestepLimit),
      "denoiser.timestep_limit must be within 1 and \(schedule.timestepCount)")
    check((0...100).contains(groundingWeight), "denoiser.grounding_weight must be within 0 and 100")
    check((0...8).contains(timestepPower), "denoiser.timestep_power must be within 0 and 8")
    check(
      !(endsInPureNoise && prediction == .epsilon),
      "denoiser.ends_in_pure_noise needs v_prediction or sample: the prediction of noise says "
        + "nothing about the target where there is only noise")
    let drops = [dropText, dropBoth, dropPicture]
    check(
      drops.allSatisfy { $0 >= 0 } && drops.reduce(0, +) <= 1,
      "denoiser.drop_* can't be negative or add up to more than 1")
    return problems + optimizer.problems(at: "denoiser.optimizer")
  }
}

extension TrainingConfiguration {
  fileprivate static let stepCounts = 0...1_000_000_000
}
