import Platform

extension ReferenceFile {
  /// Elements of the largest tensor that is taken: a bound of memory and time, not of the models.
  /// Pictures of 591x591 pixels are within it.
  static let maximumElementCount = 1 << 20

  /// Checks that all shapes are those of `model` and that numbers that choose something are in range.
  ///
  /// - Throws: ``ReportableError`` (`badData`) that tells all that does not fit.
  public func check(fits model: ModelOutline) throws {
    var shapes = Shapes(self)
    for item in items { try shapes.check(item, model) }
    try Self.report(shapes.problems, path: tensors.path)
  }

  /// Whole numbers of tensor `name`, each within `range`.
  func integers(_ name: String, in range: Range<Int>) throws -> [Int] {
    let values = try tensors.integers(name)
    guard let wrong = values.first(where: { !range.contains($0) }) else { return values }
    throw ReportableError(
      .badData,
      "tensor \(quoted(name)) holds \(wrong), which is not within \(range); it belongs to another "
        + "model", path: tensors.path)
  }
}

/// Compares shapes and collects what is wrong.
private struct Shapes {
  private let reference: ReferenceFile
  private(set) var problems: [String] = []

  init(_ reference: ReferenceFile) { self.reference = reference }

  mutating func check(_ item: ReferenceFile.Item, _ model: ModelOutline) throws {
    let reduction = model.autoencoder.reduction
    let latent = model.autoencoder.latentChannels
    let steps = 1...model.schedule.timestepCount
    switch item {
    case .textStates:
      guard let axes = axes("text.tokens", [nil, nil]) else { return }
      demand(axes[1] <= model.textEncoder.positionCount, "text.tokens", "has too long texts")
      expect("text.states", axes + [model.textEncoder.width])
      let vocabulary = 0..<model.textEncoder.vocabularySize
      _ = try reference.integers("text.tokens", in: vocabulary)
    case .latentMean:
      guard let axes = axes("vae.picture", [nil, 3, nil, nil]) else { return }
      demandMultiples("vae.picture", axes, reduction)
      expect("vae.mean", [axes[0], latent, axes[2] / reduction, axes[3] / reduction])
    case .decodedPicture:
      guard let axes = axes("vae.latent", [nil, latent, nil, nil]) else { return }
      expect("vae.decoded", [axes[0], 3, axes[2] * reduction, axes[3] * reduction])
    case .prediction:
      let unet = model.unet
      guard let axes = axes("unet.sample", [nil, unet.inputChannels, nil, nil]) else { return }
      demandMultiples("unet.sample", axes, unet.sizeMultiple)
      expect("unet.timesteps", [axes[0]])
      let last = Double(model.schedule.timestepCount - 1)
      demand(
        try reference.timesteps("unet.timesteps").allSatisfy { 0...last ~= $0 }, "unet.timesteps",
        "holds timesteps outside of 0...\(model.schedule.timestepCount - 1)")
      expect("unet.context", [axes[0], nil, unet.contextWidth])
      expect("unet.output", [axes[0], unet.outputChannels, axes[2], axes[3]])
    case .trajectory(let name, _, _, let stepCount):
      guard let axes = axes("trajectory.picture", [1, latent, nil, nil]),
        let text = self.axes("trajectory.context", [1, nil, model.unet.contextWidth])
      else { return }
      demandMultiples("trajectory.picture", axes, model.unet.sizeMultiple)
      expect("trajectory.null_context", text)
      guard let latents = self.axes(name, [nil, latent, axes[2], axes[3]]) else { return }
      demand(
        steps.contains(stepCount) && latents[0] - 1 == stepCount, name,
        "has \(latents[0] - 1) steps")
    case .timesteps(let name, _, _):
      guard let axes = axes(name, [nil]) else { return }
      demand(steps.contains(axes[0]), name, "has \(axes[0]) steps")
    case .tokens:
      guard let axes = axes("tokens.ids", [reference.texts.count, nil]) else { return }
      demand(axes[1] >= 2, "tokens.ids", "has no room for start and end")
    case .noise(let name, _):
      expect(name, [nil, nil, nil, nil])
    }
  }

  /// The axes of tensor `name` when they are `pattern`, where nil is any length but 0.
  private mutating func axes(_ name: String, _ pattern: [Int?]) -> [Int]? {
    guard let entry = reference.tensors[name] else { return nil }
    let shape = entry.shape
    let fits = shape.count == pattern.count && zip(shape, pattern).allSatisfy { $0 == $1 ?? $0 }
    let wanted = pattern.map { $0.map(String.init) ?? "*" }.joined(separator: ", ")
    demand(fits, name, "is \(shape.prefix(8)) where the model needs [\(wanted)]")
    demand(entry.elementCount > 0, name, "is empty")
    demand(
      entry.elementCount <= ReferenceFile.maximumElementCount, name,
      "has more than \(ReferenceFile.maximumElementCount) elements")
    return fits ? shape : nil
  }

  private mutating func expect(_ name: String, _ pattern: [Int?]) { _ = axes(name, pattern) }

  private mutating func demandMultiples(_ name: String, _ axes: [Int], _ multiple: Int) {
    demand(
      axes[2] % multiple == 0 && axes[3] % multiple == 0, name,
      "has sides \(axes[2]) and \(axes[3]), which are not multiples of \(multiple)")
  }

  private mutating func demand(_ condition: Bool, _ name: String, _ problem: String) {
    let text = "\(quoted(name)) \(problem)"
    if !condition, !problems.contains(text) { problems.append(text) }
  }
}
