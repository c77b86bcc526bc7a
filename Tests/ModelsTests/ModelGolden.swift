import Foundation
import Layers
import Models
import Serialization
import TensorCore
import TestSupport
import Testing

/// One safetensors file of this target's Goldens folder, and the configuration beside it.
struct ModelGolden {
  let file: SafetensorsFile
  private let folder: String
  private let name: String

  init(_ name: String) throws {
    self.name = name
    folder = try #require(Bundle.module.resourcePath) + "/Goldens/"
    file = try SafetensorsFile(path: folder + name + ".safetensors")
  }

  func configuration<C: ModelConfiguration>(_ type: C.Type = C.self) throws -> C {
    try C(path: folder + name + ".json")
  }

  /// The weights under the names of models, which a text encoder's golden leaves `text_model.` out of.
  func tensors() throws -> GatheredTensors {
    try GatheredTensors(file).renamed { stored in
      guard stored.hasPrefix("weights.") else { return nil }
      return (name.hasPrefix("text-encoder") ? "text_model." : "") + stored.dropFirst(8)
    }
  }

  var weights: WeightOrigin { get throws { .stored(try tensors()) } }

  func tensor(_ name: String) throws -> Tensor {
    Tensor(try file.floats(name), shape: Shape(try file.entry(name).shape))
  }
}

/// Compares numbers and shape.
func expectClose(
  _ actual: Tensor, _ expected: Tensor, absolute: Double, relative: Double = 0,
  _ label: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.shape == expected.shape, "\(label)", sourceLocation: sourceLocation)
  expectClose(
    actual.floats, expected.floats, absolute: absolute, relative: relative, label,
    sourceLocation: sourceLocation)
}
