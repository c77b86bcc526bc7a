import Diffusion
import Platform
import Serialization

/// Inputs and what the reference software makes of them, in one safetensors file: what
/// ``ModelCheck`` compares a model with.
///
/// Axes are in PyTorch's order, `[N, C, H, W]` and `[N, T, C]`. An item is left out by leaving out
/// all of its tensors.
///
/// | given | expected |
/// | --- | --- |
/// | `text.tokens` `[N, T]` | `text.states` `[N, T, C]`, the last hidden states |
/// | `vae.picture` `[N, 3, H, W]` in -1...1 | `vae.mean` `[N, L, h, w]`, not scaled |
/// | `vae.latent` `[N, L, h, w]`, not scaled | `vae.decoded` `[N, 3, H, W]`, not clamped |
/// | `unet.sample` `[N, 2L, h, w]`, `unet.timesteps` `[N]`, `unet.context` `[N, T, C]` | `unet.output` `[N, L, h, w]` |
/// | `trajectory.picture` `[1, L, h, w]`, `trajectory.context` and `trajectory.null_context` `[1, T, C]` | for any sampler, spacing and number of steps `trajectory.<sampler>.<spacing>.<steps>.latents` `[steps + 1, L, h, w]`, the first latent and that after each step, as `z_0 + sigma * e`; drawn by PyTorch's generator of seed 0, InstructPix2Pix's guidance of 7.5 and 1.5 |
/// | | `timesteps.<sampler>.<spacing>` `[steps]`, exact in single precision |
/// | metadata `tokens.texts`, a JSON array of strings | `tokens.ids` `[N, T]`, exact |
/// | | `noise.<seed>` `[K, C, h, w]`: K draws of `[1, C, h, w]` by PyTorch's generator, exact |
///
/// Golden: `check/reference.safetensors`.
public struct ReferenceFile: Sendable {
  /// One thing to compare, called as the tensor that is expected.
  enum Item: Sendable {
    case textStates
    case latentMean
    case decodedPicture
    case prediction
    case trajectory(String, SamplerMethod, SamplerSpacing, stepCount: Int)
    case timesteps(String, SamplerMethod, SamplerSpacing)
    case tokens
    case noise(String, seed: UInt64)
  }

  let tensors: SafetensorsFile
  /// At least one.
  let items: [Item]
  /// What `tokens.ids` are the ids of.
  let texts: [String]

  /// Tensors that make sense only together.
  private static let groups: [(item: Item, names: [String])] = [
    (.textStates, ["text.tokens", "text.states"]),
    (.latentMean, ["vae.picture", "vae.mean"]),
    (.decodedPicture, ["vae.latent", "vae.decoded"]),
    (.prediction, ["unet.sample", "unet.timesteps", "unet.context", "unet.output"]),
    (.tokens, ["tokens.ids"]),
  ]
  private static let trajectoryInputs = [
    "trajectory.picture", "trajectory.context", "trajectory.null_context",
  ]
  private static let textsKey = "tokens.texts"

  /// Opens the file at `path` and sorts its tensors by their names.
  ///
  /// - Throws: ``ReportableError`` naming `path`: `missingInput` when it can't be opened, `badData`
  ///   when it is no safetensors file, an item is not complete, or a name is none of the above.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path)
    var items: [Item] = []
    var problems: [String] = []
    var known: Set<String> = []
    for (item, names) in Self.groups {
      let missing = names.filter { file[$0] == nil }
      known.formUnion(names)
      if missing.isEmpty {
        items.append(item)
      } else if missing.count < names.count {
        problems.append("\(missing.map(quoted).joined(separator: ", ")) missing")
      }
    }
    let others = file.names.filter { !known.contains($0) }.sorted()
    for name in others where !Self.trajectoryInputs.contains(name) {
      guard let item = Self.item(called: name) else {
        problems.append("\(quoted(name)) is not known")
        continue
      }
      items.append(item)
      guard case .trajectory = item else { continue }
      for input in Self.trajectoryInputs where file[input] == nil {
        problems.append("\(quoted(name)) needs \(quoted(input))")
      }
    }
    texts = try Self.texts(of: file, isNeeded: file["tokens.ids"] != nil)
    tensors = file
    self.items = items
    if items.isEmpty && problems.isEmpty { problems.append("it holds nothing to compare with") }
    try Self.report(problems, path: path)
  }

  /// Throws all `problems` in one error.
  static func report(_ problems: [String], path: String) throws {
    guard !problems.isEmpty else { return }
    let shown = 8
    let more = problems.count > shown ? "; and \(problems.count - shown) more" : ""
    throw ReportableError(
      .badData,
      "can't be compared with: " + problems.prefix(shown).joined(separator: "; ") + more
        + "; make it again with Scripts/parity.sh", path: path)
  }

  /// The item of a name that holds a sampler or a seed; nil for any other name.
  private static func item(called name: String) -> Item? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    switch (parts.first, parts.count) {
    case ("noise", 2): return UInt64(parts[1]).map { .noise(name, seed: $0) }
    case ("timesteps", 3), ("trajectory", 5):
      guard let method = SamplerMethod.all.first(where: { $0.name == parts[1] }),
        let spacing = SamplerSpacing(rawValue: parts[2])
      else { return nil }
      if parts[0] == "timesteps" { return .timesteps(name, method, spacing) }
      guard let stepCount = Int(parts[3]), parts[4] == "latents" else { return nil }
      return .trajectory(name, method, spacing, stepCount: stepCount)
    default: return nil
    }
  }

  private static func texts(of file: SafetensorsFile, isNeeded: Bool) throws -> [String] {
    guard isNeeded else { return [] }
    var scanner = JSONScanner(Array(file.metadata[textsKey, default: ""].utf8))
    var texts: [String] = []
    do {
      try scanner.array { texts.append(try $0.string()) }
      try scanner.finish()
    } catch let failure as JSONScanner.Failure {
      throw ReportableError(
        .badData,
        "has no JSON array of strings as metadata \(quoted(textsKey)): \(failure.message)",
        path: file.path)
    }
    return texts
  }
}
