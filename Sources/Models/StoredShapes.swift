import Layers
import Platform

/// Reads a model's sizes off the shapes of its tensors, for checkpoints without a configuration.
struct StoredShapes {
  private let tensors: any StoredTensors
  private let modules: Set<Substring>

  init(_ tensors: any StoredTensors) {
    self.tensors = tensors
    var modules: Set<Substring> = []
    for name in tensors.tensorNames {
      var end = name.endIndex
      while let dot = name[..<end].lastIndex(of: ".") {
        end = dot
        // What leads to a known module is known.
        guard modules.insert(name[..<dot]).inserted else { break }
      }
    }
    self.modules = modules
  }

  /// Whether any tensor's name starts with `path` and a dot.
  func has(_ path: String) -> Bool { modules.contains(path[...]) }

  /// How many of `path.0`, `path.1`, ... there are.
  func count(_ path: String) -> Int {
    var count = 0
    while has("\(path).\(count)") { count += 1 }
    return count
  }

  /// The length of an axis of the first of `names` that is there: one that is lost is no reason to
  /// know nothing.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  func length(_ axis: Int, of names: String...) throws -> Int {
    for name in names {
      if let shape = tensors.storedShape(of: name), axis < shape.count { return shape[axis] }
    }
    throw ReportableError(
      .badData,
      "has no \(names[0]) of a fitting shape, so the model's sizes can't be told; fetch it again")
  }

  /// The number of axes of a tensor; nil when there is none.
  func rank(_ name: String) -> Int? { tensors.storedShape(of: name)?.count }

  /// The largest divisor of `standard` that divides all of `widths`: what a model of these widths
  /// can have in the place of Stable Diffusion's number.
  static func commonDivisor(_ standard: Int, _ widths: [Int]) -> Int {
    (1...standard).last { divisor in
      standard % divisor == 0 && widths.allSatisfy { $0 % divisor == 0 }
    } ?? 1
  }
}
