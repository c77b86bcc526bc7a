/// A module that two families of checkpoints know by different paths.
struct ModuleNames: Sendable {
  let compVis: String
  let diffusers: String
  /// The paths below it, where they differ or all of them are known; empty when the rest of a name
  /// is the same in both.
  var inner: [(compVis: String, diffusers: String)] = []
}

/// The names that CompVis' latent diffusion and diffusers give to the same tensors: a list of
/// modules and their paths in both. One-to-one over the names of a model.
public struct NameTable: Sendable {
  let modules: [ModuleNames]
  private let byCompVis: [String: ModuleNames]
  private let byDiffusers: [String: ModuleNames]

  init(_ modules: [ModuleNames]) {
    self.modules = modules
    byCompVis = Dictionary(
      modules.map { ($0.compVis, $0) }, uniquingKeysWith: { first, _ in first })
    byDiffusers = Dictionary(
      modules.map { ($0.diffusers, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// diffusers' name of the tensor that CompVis calls `name`; nil when no such tensor is known.
  public func diffusers(fromCompVis name: String) -> String? {
    Self.translated(name, byCompVis, \.diffusers) { ($0.compVis, $0.diffusers) }
  }

  /// CompVis' name of the tensor that diffusers calls `name`; nil when no such tensor is known.
  public func compVis(fromDiffusers name: String) -> String? {
    Self.translated(name, byDiffusers, \.compVis) { ($0.diffusers, $0.compVis) }
  }

  /// Translates by the longest module path that `name` starts with.
  private static func translated(
    _ name: String, _ modules: [String: ModuleNames], _ target: KeyPath<ModuleNames, String>,
    _ direction: ((compVis: String, diffusers: String)) -> (from: String, to: String)
  ) -> String? {
    var end = name.endIndex
    while let dot = name[..<end].lastIndex(of: ".") {
      end = dot
      guard let module = modules[String(name[..<dot])] else { continue }
      let rest = name[name.index(after: dot)...]
      guard !module.inner.isEmpty else { return module[keyPath: target] + "." + rest }
      for pair in module.inner.map(direction) where rest.hasPrefix(pair.from + ".") {
        return module[keyPath: target] + "." + pair.to + rest.dropFirst(pair.from.count)
      }
      return nil
    }
    return nil
  }
}
